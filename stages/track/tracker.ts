import type { Sighting } from '../../core/schemas/objects.js';

/**
 * Pictures lie a second apart, in which a walking person moves by the width of a body, so boxes need not overlap. Centres
 * may then be as far apart as this share of the mean diagonal of the boxes (CenterTrack, Zhou et al., arXiv 2004.01177,
 * matches centres within the size of the box).
 */
const MAX_CENTRE_DISTANCE = 0.75;
/** Below this intersection over union, two boxes are compared by their centres only. */
const MIN_IOU = 0.1;
/** Overlap from which a low-confidence box continues a track; BYTE's second association asks for half. */
const LOW_CONFIDENCE_MIN_IOU = 0.5;
/** A track that was not seen for longer is not continued; BYTE keeps lost tracks for a second at 30 fps. */
const LOST_AFTER_SEC = 2.5;

interface OpenTrack {
  readonly sightings: Sighting[];
}

/**
 * Follows the boxes of one class through one shot by BYTE's rule (Zhang et al., arXiv 2110.06864): confident boxes are
 * matched to tracks first, then low-confidence boxes to the remaining tracks; only a confident box begins a track. Matching
 * is greedy by similarity to the last box of a track or to its extrapolation at constant velocity, whichever is higher.
 */
export class Tracker {
  readonly tracks: OpenTrack[] = [];

  constructor(private readonly presentFrom: number) {}

  /** Adds the boxes of one picture; call it for the pictures in order of time. */
  update(timeSec: number, boxes: readonly Sighting[]): void {
    const open = new Set(this.tracks.filter((track) => timeSec - lastOf(track).timeSec <= LOST_AFTER_SEC));
    const confident = boxes.filter(({ confidence }) => confidence >= this.presentFrom);
    const unlikely = boxes.filter(({ confidence }) => confidence < this.presentFrom);
    for (const box of extend(open, confident, 0)) this.tracks.push({ sightings: [box] });
    extend(open, unlikely, LOW_CONFIDENCE_MIN_IOU);
  }
}

/** Appends to each open track its most similar box, and removes matched tracks from `open`. Returns the unmatched boxes. */
function extend(open: Set<OpenTrack>, boxes: readonly Sighting[], minSimilarity: number): readonly Sighting[] {
  const pairs = [...open]
    .flatMap((track) => boxes.map((box) => ({ track, box, similarity: similarity(track, box) })))
    .filter((pair) => pair.similarity > minSimilarity)
    .sort((a, b) => b.similarity - a.similarity);
  const taken = new Set<Sighting>();
  for (const { track, box } of pairs) {
    if (!open.has(track) || taken.has(box)) continue;
    track.sightings.push(box);
    taken.add(box);
    open.delete(track);
  }
  return boxes.filter((box) => !taken.has(box));
}

/** Similarity of a box to a track: 0 for unrelated boxes, 1 for the same box. */
function similarity(track: OpenTrack, box: Sighting): number {
  const last = lastOf(track);
  return Math.max(boxSimilarity(last, box), boxSimilarity(extrapolated(track, box.timeSec), box));
}

function boxSimilarity(a: Sighting, b: Sighting): number {
  const iou = intersectionOverUnion(a, b);
  if (iou >= MIN_IOU) return iou;
  const diagonal = (Math.hypot(a.width, a.height) + Math.hypot(b.width, b.height)) / 2;
  const distance = Math.hypot(a.x + a.width / 2 - b.x - b.width / 2, a.y + a.height / 2 - b.y - b.height / 2);
  return MIN_IOU * Math.max(0, 1 - distance / (MAX_CENTRE_DISTANCE * diagonal));
}

/** The last box, extrapolated by the movement between the last two boxes. */
function extrapolated(track: OpenTrack, timeSec: number): Sighting {
  const last = lastOf(track);
  const before = track.sightings.at(-2);
  if (before === undefined || last.timeSec === before.timeSec) return last;
  const share = (timeSec - last.timeSec) / (last.timeSec - before.timeSec);
  return { ...last, x: last.x + share * (last.x - before.x), y: last.y + share * (last.y - before.y) };
}

function intersectionOverUnion(a: Sighting, b: Sighting): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const intersection = width * height;
  return intersection / (a.width * a.height + b.width * b.height - intersection);
}

function lastOf({ sightings }: OpenTrack): Sighting {
  const last = sightings.at(-1);
  if (last === undefined) throw new RangeError('a track without a box');
  return last;
}
