// @ts-check
import { MODALITY_WORDS, events, report, scoreAt, segmentAt, shots, spanAt } from './report-model.js';
import { cameraOf } from './camera.js';
import { exactClock } from '../../../core/page-kit/clock.js';

/**
 * What a row says about a moment: a title and the facts under it. The tooltip, the read-out and screen readers share it.
 * @param {import('./view.js').Row} row
 * @param {number} sec
 * @returns {{ title: string, facts: string[] }}
 */
export function describe(row, sec) {
  if (row.kind === 'shots') return describeShot(sec);
  if (row.kind === 'sound') return { title: 'Sound', facts: soundFacts(sec) };
  const { lane } = row;
  const score = scoreAt(lane, sec);
  const facts = [score === null ? 'no score here' : `score ${score.toFixed(2)}`];
  const event = spanAt(lane.events, sec);
  if (event)
    facts.push(
      `event ${exactClock(event.startSec)} – ${exactClock(event.endSec)}, confidence ${event.confidence.toFixed(2)}`,
    );
  return { title: `${lane.label}, ${lane.modality === 2 ? 'heard and seen' : MODALITY_WORDS[lane.modality]}`, facts };
}

/** @param {number} sec */
export function segmentText(sec) {
  const start = segmentAt(sec) * report.segmentSec;
  return `${exactClock(start)} – ${exactClock(Math.min(start + report.segmentSec, report.durationSec))}`;
}

/** Labels of the events at a moment, the strongest sense of each. @param {number} sec */
export function activeEvents(sec) {
  return events.filter(({ startSec, endSec }) => startSec <= sec && sec < endSec);
}

/** @param {number} sec */
export function shotAt(sec) {
  return shots.findLastIndex(({ startSec }) => startSec <= sec);
}

/** @param {number} sec */
function describeShot(sec) {
  const at = shotAt(sec);
  const shot = shots[at];
  if (!shot) return { title: 'No shot here', facts: [] };
  const facts = [`${exactClock(shot.startSec)} – ${exactClock(shot.endSec)}`, `camera: ${cameraOf(shot).full}`];
  if (shot.timeSec >= 0) facts.push(`key frame at ${exactClock(shot.timeSec)}`);
  return { title: `Shot ${at + 1} of ${shots.length}`, facts };
}

/** @param {number} sec */
function soundFacts(sec) {
  const { sound } = report;
  if (!sound) return [];
  const lufs = sound.segmentLufs[segmentAt(sec)];
  const within = (/** @type {readonly (readonly [number, number])[]} */ spans) =>
    spans.some(([start, end]) => start <= sec && sec < end);
  const facts = [lufs == null ? 'no loudness' : `${lufsText(lufs)} LUFS`];
  if (within(sound.silences)) facts.push('silence');
  if (sound.speech && within(sound.speech)) facts.push('speech');
  return facts;
}

/** @param {number} lufs */
export function lufsText(lufs) {
  return lufs.toFixed(1).replace('-', '−');
}
