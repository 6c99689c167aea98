// @ts-check
import { byId } from '../../../core/page-kit/dom.js';

/** @typedef {import('../report-data.js').ReportData} ReportData */
/** @typedef {{ modality: 0 | 1 | 2, label: string, startSec: number, endSec: number, confidence: number }} ReportEvent */
/** @typedef {{ startSec: number, endSec: number, movement: string, magnitude: number, picture: number, timeSec: number }} ReportShot */
/**
 * One label in one modality: its scores, one byte per segment, and its events in order of time.
 * @typedef {{ label: string, modality: 0 | 1 | 2, scores: Uint8Array, events: ReportEvent[] }} Lane
 */
/** @typedef {{ label: string, lanes: Lane[], eventSec: number, best: number }} LabelGroup */

export const MODALITY_NAMES = ['audio', 'visual', 'audio-visual'];
export const MODALITY_WORDS = ['heard', 'seen', 'both'];
/** Shapes in addition to the colours, so that the modalities differ without colour vision. */
export const MODALITY_MARKS = ['●', '■', '◆'];
/** The byte for a segment without a score. */
export const NO_SCORE = 255;
const SCORE_STEPS = 254;

/** @type {ReportData} */
export const report = JSON.parse(byId('data').textContent ?? '');

/** @type {ReportEvent[]} */
export const events = report.events.map(([modality, label, startSec, endSec, confidence]) => ({
  modality,
  label: report.labels[label] ?? '',
  startSec,
  endSec,
  confidence,
}));

/** @type {ReportShot[]} */
export const shots = report.shots.map(([startSec, endSec, movement, magnitude, picture, timeSec]) => ({
  startSec,
  endSec,
  movement,
  magnitude,
  picture,
  timeSec,
}));

export const peaks = report.sound ? bytesOf(report.sound.peaks) : new Uint8Array(0);

/** Labels with events first, by their total duration, longest first; then the others by their highest score. */
export const groups = labelGroups();

function labelGroups() {
  const scores = bytesOf(report.scores);
  /** @type {Map<string, LabelGroup>} */
  const byLabel = new Map();
  /** @param {number} label @param {0 | 1 | 2} modality */
  const laneOf = (label, modality) => {
    const name = report.labels[label] ?? '';
    const group = byLabel.get(name) ?? { label: name, lanes: [], eventSec: 0, best: 0 };
    byLabel.set(name, group);
    let lane = group.lanes.find((one) => one.modality === modality);
    if (!lane) {
      lane = { label: name, modality, scores: new Uint8Array(0), events: [] };
      group.lanes.push(lane);
      group.lanes.sort((a, b) => a.modality - b.modality);
    }
    return { group, lane };
  };
  report.lanes.forEach(([label, modality], at) => {
    const { group, lane } = laneOf(label, modality);
    lane.scores = scores.subarray(at * report.segmentCount, (at + 1) * report.segmentCount);
    for (const byte of lane.scores) if (byte !== NO_SCORE && byte > group.best) group.best = byte;
  });
  report.events.forEach(([modality, label], at) => {
    const { group, lane } = laneOf(label, modality);
    const event = events[at];
    if (!event) return;
    lane.events.push(event);
    group.eventSec += event.endSec - event.startSec;
  });
  return [...byLabel.values()].sort((a, b) => b.eventSec - a.eventSec || b.best - a.best);
}

/** 0 to 1, or null where there is no score. @param {Lane} lane @param {number} sec */
export function scoreAt(lane, sec) {
  const byte = lane.scores[segmentAt(sec)];
  return byte === undefined || byte === NO_SCORE ? null : byte / SCORE_STEPS;
}

/** @param {number} sec */
export function segmentAt(sec) {
  // A start such as 0.1 × 3 must not fall into the segment before it.
  return Math.max(0, Math.min(report.segmentCount - 1, Math.floor(sec / report.segmentSec + 1e-6)));
}

/** @template {{ startSec: number, endSec: number }} Span @param {readonly Span[]} spans @param {number} sec */
export function spanAt(spans, sec) {
  return spans.find(({ startSec, endSec }) => startSec <= sec && sec < endSec) ?? null;
}

/** @param {string} base64 */
function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
