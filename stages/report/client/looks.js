// @ts-check
import { report } from './report-model.js';

/** Positions are fractions of the width and height of the picture. A look is all detections in one analysed picture. */
/** @typedef {{ confidence: number, x: number, y: number, width: number, height: number }} FoundBox */
/** @typedef {{ which: number, x: number, y: number, confidence: number }} FoundPoint */
/** @typedef {{ name: string, track: number, box: FoundBox, face: FoundBox | null, points: FoundPoint[] }} Thing */
/** @typedef {{ sec: number, things: Thing[] }} Look */

/** @type {Look[]} */
export const looks = report.looks.map(([sec, things]) => ({
  sec,
  things: things.map(([name, track, box, face, points]) => ({
    name: report.things[name] ?? '',
    track,
    box: boxOf(box),
    face: face && boxOf(face),
    points: pointsOf(points),
  })),
}));

/** @param {import('../report-data.js').BoxTuple} tuple @returns {FoundBox} */
function boxOf([confidence, x, y, width, height]) {
  return { confidence: confidence / 100, x: x / 1000, y: y / 1000, width: width / 1000, height: height / 1000 };
}

/** @param {readonly number[]} numbers @returns {FoundPoint[]} */
function pointsOf(numbers) {
  return Array.from({ length: numbers.length / 4 }, (_, at) => {
    const [which = 0, x = 0, y = 0, confidence = 0] = numbers.slice(4 * at);
    return { which, x: x / 1000, y: y / 1000, confidence: confidence / 100 };
  });
}

/** The detections in the picture of exactly this time. @param {number} sec @returns {Thing[]} */
export function thingsAt(sec) {
  return looks.find((look) => Math.abs(look.sec - sec) < 0.001)?.things ?? [];
}

/**
 * The detections at any time: interpolated between two analysed pictures where the track is in both, otherwise those of a
 * picture at most half a segment away.
 * @param {number} sec
 * @returns {Thing[]}
 */
export function thingsBetween(sec) {
  const next = looks.findIndex((look) => look.sec > sec);
  const before = looks[next < 0 ? looks.length - 1 : next - 1];
  const after = next < 0 ? undefined : looks[next];
  // Between pictures further apart than this at least one is missing, so that interpolation would be a guess.
  const maxGapSec = 2.5 * report.segmentSec;
  const joined = before && after && after.sec - before.sec <= maxGapSec;
  const near = (/** @type {Look | undefined} */ look) => look && Math.abs(look.sec - sec) <= report.segmentSec / 2;
  const moved = (before?.things ?? []).flatMap((thing) => {
    const to = joined ? after.things.find(({ track }) => track === thing.track) : undefined;
    if (before && after && to) return [between(thing, to, (sec - before.sec) / (after.sec - before.sec))];
    return near(before) ? [thing] : [];
  });
  const appearing = near(after)
    ? (after?.things ?? []).filter(({ track }) => !moved.some((one) => one.track === track))
    : [];
  return [...moved, ...appearing];
}

/** @param {Thing} from @param {Thing} to @param {number} share @returns {Thing} */
function between(from, to, share) {
  const mix = (/** @type {number} */ a, /** @type {number} */ b) => a + (b - a) * share;
  const mixed = (/** @type {FoundBox} */ a, /** @type {FoundBox} */ b) => ({
    confidence: mix(a.confidence, b.confidence),
    x: mix(a.x, b.x),
    y: mix(a.y, b.y),
    width: mix(a.width, b.width),
    height: mix(a.height, b.height),
  });
  const points = from.points.flatMap((a) => {
    const b = to.points.find(({ which }) => which === a.which);
    return b
      ? [{ which: a.which, x: mix(a.x, b.x), y: mix(a.y, b.y), confidence: mix(a.confidence, b.confidence) }]
      : [];
  });
  const face = from.face && to.face ? mixed(from.face, to.face) : share < 0.5 ? from.face : to.face;
  return { name: from.name, track: from.track, box: mixed(from.box, to.box), face, points };
}

/** A detection in words: `person 0.82, with a face and 15 body points`. @param {Thing} thing */
export function thingText({ name, box, face, points }) {
  const parts = [
    ...(face ? ['a face'] : []),
    ...(points.length > 0 ? [points.length === 1 ? '1 body point' : `${points.length} body points`] : []),
  ];
  return `${name} ${box.confidence.toFixed(2)}${parts.length > 0 ? `, with ${parts.join(' and ')}` : ''}`;
}
