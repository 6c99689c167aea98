// @ts-check
import { element } from '../../../core/page-kit/dom.js';
import {
  MODALITY_MARKS,
  MODALITY_NAMES,
  MODALITY_WORDS,
  events,
  report,
  scoreAt,
  segmentAt,
  shots,
  spanAt,
} from './report-model.js';
import { view } from './view.js';
import { exactClock } from '../../../core/page-kit/clock.js';

/**
 * Describes a row at a time by a title and facts, for the tooltip, the read-out and screen readers.
 * @param {import('./view.js').Row} row
 * @param {number} sec
 * @returns {{ title: string, facts: string[] }}
 */
export function describe(row, sec) {
  if (row.kind === 'shots') return describeShot(sec);
  if (row.kind === 'warnings') return describeWarnings(sec);
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

/** The events at a time. @param {number} sec */
export function activeEvents(sec) {
  return events.filter(({ startSec, endSec }) => startSec <= sec && sec < endSec);
}

/** The shot on display at a time: before the first one begins, players show its first frame. @param {number} sec */
export function shotAt(sec) {
  return Math.max(
    0,
    shots.findLastIndex(({ startSec }) => startSec <= sec),
  );
}

/** A mark is at least a few pixels wide, which are about this fraction of the time on display. */
const MARK_FRACTION = 0.006;

/** @param {number} sec */
function describeWarnings(sec) {
  const reach = (view.toSec - view.fromSec) * MARK_FRACTION;
  const facts = report.warnings
    .filter(([start, end]) => start - reach <= sec && sec <= end + reach)
    .map(([, , message]) => message);
  return { title: facts.length > 0 ? 'Warning' : 'No warning here', facts };
}

/** @param {number} sec */
function describeShot(sec) {
  const at = shotAt(sec);
  const shot = shots[at];
  if (!shot) return { title: 'No shot here', facts: [] };
  const facts = [`${exactClock(shot.startSec)} – ${exactClock(shot.endSec)}`, `camera: ${cameraOf(shot).full}`];
  if (shot.timeSec >= 0) facts.push(`key frame at ${exactClock(shot.timeSec)}`);
  const title = `Shot ${at + 1} of ${shots.length}`;
  return { title: sec < shot.startSec ? `Before ${title.toLowerCase()}` : title, facts };
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

/** @type {Record<string, [string, string, string]>} symbol, words, unit of the magnitude */
const MOVEMENTS = {
  static: ['', 'still', ''],
  'pan-left': ['←', 'pan left', 'widths/s'],
  'pan-right': ['→', 'pan right', 'widths/s'],
  'tilt-up': ['↑', 'tilt up', 'heights/s'],
  'tilt-down': ['↓', 'tilt down', 'heights/s'],
  'zoom-in': ['⊕', 'zoom in', 'e-folds/s'],
  'zoom-out': ['⊖', 'zoom out', 'e-folds/s'],
  handheld: ['≈', 'handheld', 'widths/s shake'],
};

/** @param {import('./report-model.js').ReportShot} shot */
export function cameraOf(shot) {
  const [sign, words, unit] = MOVEMENTS[shot.movement] ?? ['', 'unknown', ''];
  const amount = unit === '' ? '' : shot.magnitude.toPrecision(2);
  return { sign, words, amount, full: amount ? `${words}, ${amount} ${unit}` : words };
}

/** The tag of a modality, such as `● heard`: a shape, a colour and a word. @param {0 | 1 | 2} modality */
export function senseTag(modality) {
  const mark = element('span', { 'aria-hidden': 'true' }, MODALITY_MARKS[modality] ?? '');
  return element('span', { class: `sense ${MODALITY_NAMES[modality]}` }, mark, ` ${MODALITY_WORDS[modality]}`);
}
