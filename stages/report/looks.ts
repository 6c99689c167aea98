import type { ObjectsFile, Sighting } from '../../core/schemas/objects.js';
import type { Shot } from '../../core/schemas/shots.js';
import type { BoxTuple, LookTuple, ThingTuple } from './report-data.js';

/** Some 60 bytes each, a person with points 250: at most a megabyte. */
const MAX_THINGS = 5_000;

export interface Looks {
  readonly things: readonly string[];
  readonly looks: readonly LookTuple[];
  /** Looks that there was no room for. */
  readonly leftOut: number;
}

/** What was found in each picture. Where there is too much for a page, key frames come first. */
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
        surePoints(look, bodyPoints?.presentFrom ?? 1),
      ]);
      byTime.set(look.timeSec, found);
    }
  // A key frame is one of the pictures that were looked at, and says the very same time.
  const pictured = new Set(shots.map(({ keyFrame }) => keyFrame?.timeSec));
  const wanted = [...byTime].sort(([a], [b]) => Number(pictured.has(b)) - Number(pictured.has(a)) || a - b);
  const looks: LookTuple[] = [];
  let room = MAX_THINGS;
  for (const [timeSec, found] of wanted) {
    room -= found.length;
    if (room >= 0) looks.push([Math.round(timeSec * 1000) / 1000, found]);
  }
  return { things, looks: looks.sort(([a], [b]) => a - b), leftOut: byTime.size - looks.length };
}

function boxTuple({ confidence, x, y, width, height }: Omit<Sighting, 'timeSec' | 'frame'>): BoxTuple {
  return [Math.round(confidence * 100), thousandths(x), thousandths(y), thousandths(width), thousandths(height)];
}

/** Which point, x, y, confidence in hundredths; a point beyond the picture's edge is not seen. */
function surePoints({ points = [] }: Sighting, presentFrom: number): number[] {
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
