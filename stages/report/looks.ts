import type { ObjectsFile, Sighting } from '../../core/schemas/objects.js';
import type { Shot } from '../../core/schemas/shots.js';
import type { BoxTuple, LookTuple, ThingTuple } from './report-data.js';

/** About 60 bytes each, 250 for a person with body points: at most a megabyte. */
const MAX_THINGS = 5_000;

interface Looks {
  /** Class names. */
  readonly things: readonly string[];
  /** The detections of each picture. */
  readonly looks: readonly LookTuple[];
  /** Number of pictures whose detections did not fit. */
  readonly leftOut: number;
}

/** The detections of each picture, with boxes, faces and body points. Where not all fit, those of key frames come first. */
export function looksOf({ tracks, bodyPoints }: ObjectsFile, shots: readonly Shot[]): Looks {
  const things = [...new Set(tracks.map(({ label }) => label))];
  const byTime = new Map<number, ThingTuple[]>();
  for (const { id, label, sightings } of tracks)
    for (const look of sightings) {
      const found = byTime.get(look.timeSec) ?? [];
      found.push([
        things.indexOf(label),
        id,
        boxTuple(look),
        look.face ? boxTuple(look.face) : null,
        pointNumbers(look, bodyPoints?.presentFrom ?? 1),
      ]);
      byTime.set(look.timeSec, found);
    }
  // A key frame is one of the analysed pictures, so its time is exactly equal.
  const keyFrameTimes = new Set(shots.map(({ keyFrame }) => keyFrame?.timeSec));
  const prioritised = [...byTime].sort(
    ([a], [b]) => Number(keyFrameTimes.has(b)) - Number(keyFrameTimes.has(a)) || a - b,
  );
  const looks: LookTuple[] = [];
  let room = MAX_THINGS;
  for (const [timeSec, found] of prioritised) {
    room -= found.length;
    if (room >= 0) looks.push([Math.round(timeSec * 1000) / 1000, found]);
  }
  return { things, looks: looks.sort(([a], [b]) => a - b), leftOut: byTime.size - looks.length };
}

function boxTuple({ confidence, x, y, width, height }: Omit<Sighting, 'timeSec' | 'frame'>): BoxTuple {
  return [Math.round(confidence * 100), thousandths(x), thousandths(y), thousandths(width), thousandths(height)];
}

/** Confident points as index, x, y, confidence in hundredths; points outside the picture are left out. */
function pointNumbers({ points = [] }: Sighting, presentFrom: number): number[] {
  return points.flatMap(([x, y, confidence], index) => {
    const inside = x >= 0 && x <= 1 && y >= 0 && y <= 1;
    return confidence >= presentFrom && inside
      ? [index, thousandths(x), thousandths(y), Math.round(confidence * 100)]
      : [];
  });
}

function thousandths(share: number): number {
  return Math.round(share * 1000);
}
