// @ts-check
import { element } from '../../../core/page-kit/dom.js';
import { rowElements, timeline } from './timeline.js';
import { looks } from './looks.js';
import { events, report, segmentAt } from './report-model.js';
import { endSec, rows, seek, selectRow, toggleMarks, view, zoom } from './view.js';

/** The list of keys in the help dialog. @type {[string, string][]} */
const KEYS = [
  ['← →', 'one segment back or on; with shift ten'],
  ['↑ ↓', 'the row above or below'],
  ['n p', 'next or previous event'],
  ['Home End', 'start or end'],
  ['+ −', 'zoom in or out'],
  ['0', 'show the whole file'],
  ...(looks.length > 0 ? [/** @type {[string, string]} */ (['b', 'show or hide what was found in the pictures'])] : []),
  ['space', 'play or pause the opened video'],
  ['?', 'this list'],
];

export const help = element(
  'dialog',
  { class: 'help', 'aria-label': 'Keys' },
  element('h2', {}, 'Keys'),
  element('dl', {}, ...KEYS.flatMap(([keys, what]) => [element('dt', {}, keyCaps(keys)), element('dd', {}, what)])),
  element('p', { class: 'muted' }, 'Drag to move the playhead. Ctrl and wheel, or a pinch, zooms.'),
  element('form', { method: 'dialog' }, element('button', {}, 'Close')),
);

/** @param {() => void} togglePlay */
export function listenToKeys(togglePlay) {
  /** @type {Record<string, (event: KeyboardEvent) => void>} */
  const actions = {
    ArrowLeft: (event) => step(event.shiftKey ? -10 : -1),
    ArrowRight: (event) => step(event.shiftKey ? 10 : 1),
    ArrowUp: () => walk(-1),
    ArrowDown: () => walk(1),
    Home: () => seek(0),
    End: () => seek(endSec),
    n: () => jump(1),
    p: () => jump(-1),
    '+': () => zoom(1.6),
    '=': () => zoom(1.6),
    ...(looks.length > 0 ? { b: toggleMarks } : {}),
    '-': () => zoom(1 / 1.6),
    0: () => zoom(1e-9),
    ' ': togglePlay,
    '?': () => help.showModal(),
  };
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target instanceof HTMLElement ? event.target : document.body;
    // In other elements, keys keep their usual meaning.
    if (target !== timeline && target !== document.body) return;
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    event.preventDefault();
    action(event);
  });
}

/** @param {number} segments */
function step(segments) {
  const at = segmentAt(view.playheadSec);
  const startSec = at * report.segmentSec;
  // Going back from inside a segment first reaches the start of that segment.
  const inside = segments < 0 && view.playheadSec - startSec > 1e-6 ? 1 : 0;
  seek(Math.min((at + segments + inside) * report.segmentSec, endSec));
}

/** @param {number} by */
function walk(by) {
  selectRow(view.row + by);
  rowElements[view.row]?.scrollIntoView({ block: 'nearest' });
}

/** Seeks to the event after or before the current time and row, ordered by time, then by row. @param {1 | -1} by */
function jump(by) {
  const rowOf = (/** @type {import('./report-model.js').ReportEvent} */ event) =>
    rows.findIndex(({ lane }) => lane?.label === event.label && lane.modality === event.modality);
  const places = events.map((event) => ({ sec: event.startSec, row: rowOf(event) }));
  const here = { sec: view.playheadSec, row: view.row };
  const compare = (/** @type {typeof here} */ a, /** @type {typeof here} */ b) => a.sec - b.sec || a.row - b.row;
  const candidates = places.filter((place) => Math.sign(compare(place, here)) === by).sort(compare);
  const place = by > 0 ? candidates[0] : candidates.at(-1);
  if (!place) return;
  selectRow(place.row);
  seek(place.sec);
  rowElements[view.row]?.scrollIntoView({ block: 'nearest' });
}

/** @param {string} keys */
function keyCaps(keys) {
  const caps = element('span', {});
  for (const key of keys.split(' ')) caps.append(element('kbd', {}, key), ' ');
  return caps;
}
