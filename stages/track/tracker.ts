import type { Sighting } from '../../core/schemas/objects.js';

/**
 * Pictures a second apart: a walking person has moved by a body's width, so boxes need not overlap. Centres may then be
 * as far apart as this share of the boxes' mean diagonal (CenterTrack, Zhou et al., arXiv 2004.01177, matches by centres
 * within the box's size).
 */
const FARTHEST_CENTRES = 0.75;
/** Below this overlap two boxes are compared by their centres alone. */
const LEAST_OVERLAP = 0.1;
/** A doubtful box continues a track only where it lies on it: BYTE's second association asks for half. */
const DOUBTFUL_OVERLAP = 0.5;
/** A thing that was not seen for longer is another one when it comes back; BYTE keeps lost tracks for a second at 30 fps. */
const LOST_AFTER_SEC = 2.5;

export interface OpenTrack {
  readonly sightings: Sighting[];
}

/**
 * Follows the boxes of one class through one shot by BYTE's rule (Zhang et al., arXiv 2110.06864): sure boxes are matched
 * to tracks first, then doubtful ones to the tracks that are left; only a sure box begins a track. Matching is greedy by
 * overlap, against the last box and where a steady movement would have brought it.
 */
export class Tracker {
  readonly tracks: OpenTrack[] = [];

  constructor(private readonly presentFrom: number) {}

  /** All boxes of one picture, pictures in order of time. */
  take(timeSec: number, boxes: readonly Sighting[]): void {
    const open = new Set(this.tracks.filter((track) => timeSec - lastOf(track).timeSec <= LOST_AFTER_SEC));
    const sure = boxes.filter(({ confidence }) => confidence >= this.presentFrom);
    const doubtful = boxes.filter(({ confidence }) => confidence < this.presentFrom);
    for (const box of extend(open, sure, 0)) this.tracks.push({ sightings: [box] });
    extend(open, doubtful, DOUBTFUL_OVERLAP);
  }
}

/** Gives each track the box that resembles it most; what was matched leaves `open`. Returns the boxes left over. */
function extend(open: Set<OpenTrack>, boxes: readonly Sighting[], least: number): readonly Sighting[] {
  const pairs = [...open]
    .flatMap((track) => boxes.map((box) => ({ track, box, likeness: likeness(track, box) })))
    .filter((pair) => pair.likeness > least)
    .sort((a, b) => b.likeness - a.likeness);
  const taken = new Set<Sighting>();
  for (const { track, box } of pairs) {
    if (!open.has(track) || taken.has(box)) continue;
    track.sightings.push(box);
    taken.add(box);
    open.delete(track);
  }
  return boxes.filter((box) => !taken.has(box));
}

/** 0 for strangers, 1 for the same box. */
function likeness(track: OpenTrack, box: Sighting): number {
  const last = lastOf(track);
  return Math.max(resemblance(last, box), resemblance(moved(track, box.timeSec), box));
}

function resemblance(a: Sighting, b: Sighting): number {
  const shared = overlap(a, b);
  if (shared >= LEAST_OVERLAP) return shared;
  const diagonal = (Math.hypot(a.width, a.height) + Math.hypot(b.width, b.height)) / 2;
  const apart = Math.hypot(a.x + a.width / 2 - b.x - b.width / 2, a.y + a.height / 2 - b.y - b.height / 2);
  return LEAST_OVERLAP * Math.max(0, 1 - apart / (FARTHEST_CENTRES * diagonal));
}

/** The last box, carried on by the movement between the last two. */
function moved(track: OpenTrack, timeSec: number): Sighting {
  const last = lastOf(track);
  const before = track.sightings.at(-2);
  if (before === undefined || last.timeSec === before.timeSec) return last;
  const share = (timeSec - last.timeSec) / (last.timeSec - before.timeSec);
  return { ...last, x: last.x + share * (last.x - before.x), y: last.y + share * (last.y - before.y) };
}

/** Intersection over union. */
function overlap(a: Sighting, b: Sighting): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (a.width * a.height + b.width * b.height - shared);
}

function lastOf({ sightings }: OpenTrack): Sighting {
  const last = sightings.at(-1);
  if (last === undefined) throw new RangeError('a track without a box');
  return last;
}
