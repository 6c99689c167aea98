// @ts-check
import { report, groups } from './report-model.js';

/** @typedef {import('./report-model.js').Lane} Lane */
/** @typedef {{ kind: 'shots', lane: null } | { kind: 'sound', lane: null } | { kind: 'warnings', lane: null } | { kind: 'label', lane: Lane }} Row */

/** End of the time axis in seconds; an empty file still has an axis. */
export const endSec = Math.max(report.durationSec, 0.001);
const minSpanSec = Math.min(endSec, Math.max(2 * report.segmentSec, 2));

/** The rows that ↑ and ↓ select, in the order of the page. @type {Row[]} */
export const rows = [
  ...(report.shots.length > 0 ? [{ kind: /** @type {const} */ ('shots'), lane: null }] : []),
  ...(report.sound ? [{ kind: /** @type {const} */ ('sound'), lane: null }] : []),
  ...(report.warnings.length > 0 ? [{ kind: /** @type {const} */ ('warnings'), lane: null }] : []),
  ...groups.flatMap((group) => group.lanes.map((lane) => ({ kind: /** @type {const} */ ('label'), lane }))),
];
/** Rows from this index on are folded; -1 when none is. */
export const firstFolded = rows.findIndex(
  ({ lane }) => lane !== null && !groups.some((group) => group.eventSec > 0 && group.lanes.includes(lane)),
);

/** The state of the view. Change it only through the functions below, which keep it in bounds and notify the listeners. */
export const view = {
  fromSec: 0,
  toSec: endSec,
  playheadSec: 0,
  row: rows.length === 0 ? -1 : 0,
  unfolded: false,
  /** Whether detections are drawn over the pictures. */
  marks: true,
};

/** @typedef {'span' | 'playhead' | 'row' | 'fold' | 'seek' | 'marks'} Change */
/** @type {((change: Change) => void)[]} */
const listeners = [];

/** @param {(change: Change) => void} listener */
export function onChange(listener) {
  listeners.push(listener);
}

/** @param {Change} change */
function notify(change) {
  for (const listener of listeners) listener(change);
}

/** Moves the playhead on behalf of the user; the player follows. @param {number} sec */
export function seek(sec) {
  movePlayhead(sec);
  notify('seek');
}

/** @param {number} sec */
export function movePlayhead(sec) {
  view.playheadSec = Math.max(0, Math.min(endSec, sec));
  const span = view.toSec - view.fromSec;
  if (view.playheadSec < view.fromSec) showSpan(view.playheadSec - span * 0.1, span);
  else if (view.playheadSec > view.toSec) showSpan(view.playheadSec - span * 0.1, span);
  notify('playhead');
}

/** @param {number} fromSec @param {number} spanSec */
export function showSpan(fromSec, spanSec) {
  const span = Math.max(minSpanSec, Math.min(endSec, spanSec));
  view.fromSec = Math.max(0, Math.min(endSec - span, fromSec));
  view.toSec = view.fromSec + span;
  notify('span');
}

/** Zooms so that the time `aroundSec` keeps its place on the screen. @param {number} factor @param {number} [aroundSec] */
export function zoom(factor, aroundSec = view.playheadSec) {
  const span = view.toSec - view.fromSec;
  const next = Math.max(minSpanSec, Math.min(endSec, span / factor));
  showSpan(aroundSec - ((aroundSec - view.fromSec) / span) * next, next);
}

/** @param {number} row */
export function selectRow(row) {
  const last = (view.unfolded || firstFolded < 0 ? rows.length : firstFolded) - 1;
  view.row = Math.max(Math.min(0, last), Math.min(last, row));
  notify('row');
}

/** @param {boolean} unfolded */
export function fold(unfolded) {
  view.unfolded = unfolded;
  selectRow(view.row);
  notify('fold');
}

export function toggleMarks() {
  view.marks = !view.marks;
  notify('marks');
}
