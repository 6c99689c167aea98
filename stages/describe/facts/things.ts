import type { ObjectTrack, Sighting } from '../../../core/schemas/objects.js';
import {
  FACE,
  MIN_LOOKS,
  MOTION_FROM,
  PERSON_MARGIN,
  SEEN_EVENT,
  SUPPORTED_THING_MARGIN,
  THING_MARGIN,
} from '../thresholds.js';
import { joinSpans, totalSec, type FactList, type Span } from './fact-list.js';
import type { VideoFacts } from './video-facts.js';

/** All things of one class that are certainly there. */
export interface Thing {
  readonly label: string;
  readonly spans: readonly Span[];
  readonly tracks: readonly number[];
  /** Mean share of the picture that the largest one fills. */
  readonly area: number;
  readonly confidence: number;
  /** Ids of the facts; null where nothing certain can be said. */
  readonly fact: string;
  readonly count: { readonly most: number; readonly fact: string };
  readonly place: { readonly column: number; readonly row: number; readonly fact: string } | null;
  readonly fills: string | null;
  readonly motion: { readonly direction: string; readonly fact: string } | null;
  readonly face: string | null;
}

/** Between two looks a thing is taken to be there: one picture is analysed for each second. */
const GAP_SEC = 2.1;
/** Of the picture. What is smaller is as often something else. */
const MIN_AREA = 0.003;
/** A box that fills more of the picture than this has no place in it. */
const PLACELESS = 0.55;
const FILLS_FROM = 0.6;

/** The things that are certainly there, the largest and longest first. */
export function findThings(video: VideoFacts, facts: FactList): Thing[] {
  const byLabel = new Map<string, ObjectTrack[]>();
  for (const track of video.objects.tracks) {
    if (track.label === 'face') continue;
    byLabel.set(track.label, [...(byLabel.get(track.label) ?? []), track]);
  }
  const things = [...byLabel].flatMap(([label, tracks]) => thingOf(label, tracks, video, facts) ?? []);
  const weight = (thing: Thing): number =>
    totalSec(thing.spans) * Math.sqrt(thing.area) * (thing.label === 'person' ? 3 : 1);
  return things.sort((a, b) => weight(b) - weight(a) || (a.label < b.label ? -1 : 1));
}

function thingOf(label: string, tracks: readonly ObjectTrack[], video: VideoFacts, facts: FactList): Thing | null {
  const supported = video.events.some(
    (event) =>
      event.modality === 'visual' &&
      event.label.toLowerCase() === label &&
      event.confidence >= SEEN_EVENT.confidence &&
      event.endSec - event.startSec >= SEEN_EVENT.minSec,
  );
  const needed = label === 'person' ? PERSON_MARGIN : supported ? SUPPORTED_THING_MARGIN : THING_MARGIN;
  const certain = tracks.filter(
    (track) =>
      track.sightings.length >= MIN_LOOKS && areaOf(track) >= MIN_AREA && marginOf(track, video.presentFrom) >= needed,
  );
  const [main] = [...certain].sort((a, b) => b.sightings.length * areaOf(b) - a.sightings.length * areaOf(a));
  if (main === undefined) return null;
  const spans = joinSpans(certain, GAP_SEC);
  const ids = certain.map(({ id }) => id);
  const confidence = Math.max(...certain.map((track) => track.confidence));
  const rest = { spans, tracks: ids, shots: [...new Set(certain.map(({ shot }) => shot))], confidence };
  const most = countAtOnce(certain);
  const own = { spans: [{ startSec: main.startSec, endSec: main.endSec }], tracks: [main.id], shots: [main.shot] };
  const place = most === 1 && certain.length === 1 ? placeOf(main) : null;
  const direction = certain.length === 1 ? motionOf(main, video) : null;
  const fills = most === 1 && mean(main.sightings.map((look) => look.width * look.height)) >= FILLS_FROM;
  const face = label === 'person' && most === 1 && hasFace(main);
  return {
    label,
    spans,
    tracks: ids,
    area: areaOf(main),
    confidence,
    fact: facts.add('thing', 'objects.json', label, label, rest),
    count: { most, fact: facts.add('count', 'objects.json', label, String(most), rest) },
    place: place && {
      ...place,
      fact: facts.add('place', 'objects.json', label, `column ${place.column}, row ${place.row}`, own),
    },
    fills: fills ? facts.add('size', 'objects.json', label, areaOf(main).toFixed(2), own) : null,
    motion: direction === null ? null : { direction, fact: facts.add('motion', 'objects.json', label, direction, own) },
    face: face ? facts.add('face', 'objects.json', label, 'shows', own) : null,
  };
}

/** Log-odds of a track above the score from which its detector counts a thing as there. */
function marginOf({ confidence, model }: ObjectTrack, presentFrom: ReadonlyMap<string, number>): number {
  const logit = (p: number): number =>
    Math.log(Math.min(Math.max(p, 1e-6), 1 - 1e-6) / (1 - Math.min(Math.max(p, 1e-6), 1 - 1e-6)));
  return logit(confidence) - logit(presentFrom.get(model) ?? 0.5);
}

/** How many are seen at once: the largest number that two pictures show, boxes over the same place counted once. */
function countAtOnce(tracks: readonly ObjectTrack[]): number {
  const byFrame = new Map<number, Sighting[]>();
  for (const { sightings } of tracks)
    for (const look of sightings) {
      const found = byFrame.get(look.frame) ?? [];
      if (!found.some((other) => overlapOf(look, other) > 0.3)) found.push(look);
      byFrame.set(look.frame, found);
    }
  const counts = [...byFrame.values()].map(({ length }) => length).sort((a, b) => b - a);
  return Math.max(1, counts[1] ?? counts[0] ?? 1);
}

/** Intersection over the smaller of the two boxes. */
function overlapOf(a: Sighting, b: Sighting): number {
  const wide = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const high = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return (Math.max(0, wide) * Math.max(0, high)) / Math.max(1e-9, Math.min(a.width * a.height, b.width * b.height));
}

/** The third of the picture, across and down, in which the middle of the thing always is; null where it changes. */
function placeOf({ sightings }: ObjectTrack): { column: number; row: number } | null {
  const third = (middle: number): number => Math.min(2, Math.max(0, Math.floor(middle * 3)));
  const columns = new Set(sightings.map((look) => third(look.x + look.width / 2)));
  const rows = new Set(sightings.map((look) => third(look.y + look.height / 2)));
  const [column, row] = [[...columns][0] ?? 1, [...rows][0] ?? 1];
  if (columns.size > 1) return null;
  const width = mean(sightings.map((look) => look.width));
  const tall = rows.size > 1 || mean(sightings.map((look) => look.height)) > PLACELESS;
  return width > PLACELESS ? null : { column, row: tall ? 1 : row };
}

/** `left`, `right`, `up` or `down` across a picture that stands still; null where it is not certain. */
function motionOf({ shot, sightings }: ObjectTrack, { shots }: VideoFacts): string | null {
  if (shots.find(({ index }) => index === shot)?.camera?.movement !== 'static') return null;
  const [first, last] = [sightings[0], sightings.at(-1)];
  if (first === undefined || last === undefined) return null;
  const across = last.x + last.width / 2 - first.x - first.width / 2;
  const down = last.y + last.height / 2 - first.y - first.height / 2;
  if (Math.max(Math.abs(across), Math.abs(down)) < MOTION_FROM) return null;
  if (Math.abs(across) >= Math.abs(down)) return across > 0 ? 'right' : 'left';
  return down > 0 ? 'down' : 'up';
}

function hasFace({ sightings }: ObjectTrack): boolean {
  const faces = sightings.filter((look) => (look.face?.confidence ?? 0) >= FACE.confidence);
  return faces.length >= FACE.looks * sightings.length;
}

function areaOf({ sightings }: ObjectTrack): number {
  return mean(sightings.map((look) => Math.min(1, look.width) * Math.min(1, look.height)));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
