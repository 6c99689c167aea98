// @ts-check
import { element, isolated } from '../../../core/page-kit/dom.js';
import { fitCanvas, theme } from './canvas.js';
import { drawAxis, drawOverview } from './draw-axis.js';
import { drawLane } from './draw-lane.js';
import { drawCamera, drawKeyFrames } from './draw-shots.js';
import { drawLoudness, drawWave } from './draw-sound.js';
import { drawWarnings } from './draw-warnings.js';
import { groups, report } from './report-model.js';
import { senseTag } from './describe.js';
import { endSec, firstFolded, onChange, rows, view } from './view.js';

/** @typedef {import('./draw-lane.js').Drawing} Drawing */
/** @typedef {{ canvas: HTMLCanvasElement, draw: (drawing: Drawing) => void }} Track */

/** @type {Track[]} */
const tracks = [];
/** The element of each row, in the order of `rows`. @type {HTMLElement[]} */
export const rowElements = [];

const playhead = element('div', { class: 'playhead' });
const pointerLine = element('div', { class: 'pointer-line', hidden: true });
const axis = track('axis', drawAxis);
const overview = track('overview', (drawing) => drawOverview(drawing, endSec));
const folded = element('div', { class: 'folded', hidden: true });

/** Everything along the time axis. It can be focused, and the keys of keyboard.js then work. */
export const timeline = element('div', {
  class: 'timeline',
  id: 'timeline',
  tabindex: 0,
  role: 'slider',
  'aria-label': 'Playhead. Arrow keys move in time and between rows, question mark shows all keys.',
  'aria-valuemin': 0,
  'aria-valuemax': report.durationSec,
});

export function buildTimeline() {
  timeline.append(element('div', { class: 'row sticky' }, element('span', { class: 'name wide' }), axis, overview));
  if (report.shots.length > 0) {
    timeline.append(
      selectable(
        named(
          'Shots',
          track('frames', (drawing) => drawKeyFrames(drawing, redrawAll)),
        ),
      ),
      named('Camera', track('camera', drawCamera)),
    );
  }
  if (report.sound) {
    timeline.append(
      selectable(named('Sound', track('wave', drawWave))),
      named('Loudness', track('loudness', drawLoudness)),
    );
  }
  if (report.warnings.length > 0) timeline.append(selectable(named('Warnings', track('warnings-lane', drawWarnings))));
  for (const group of groups) (group.eventSec > 0 ? timeline : folded).append(groupElement(group));
  timeline.append(folded, pointerLine, playhead);
  onChange((change) => {
    if (change === 'fold') folded.hidden = !view.unfolded;
    if (change === 'row') markRow();
    if (change === 'marks') drawn = '';
    if (change !== 'row') requestDraw();
  });
  new ResizeObserver(requestDraw).observe(timeline);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', requestDraw);
  markRow();
  draw();
}

/** @param {string} kind @param {(drawing: Drawing) => void} draw */
function track(kind, draw) {
  const canvas = element('canvas', { class: `track ${kind}` });
  tracks.push({ canvas, draw });
  return canvas;
}

/** @param {string} name @param {HTMLCanvasElement} canvas */
function named(name, canvas) {
  return element('div', { class: 'row' }, element('span', { class: 'name wide' }, name), canvas);
}

/** @param {HTMLElement} row */
function selectable(row) {
  row.dataset['row'] = String(rowElements.push(row) - 1);
  return row;
}

/** @param {import('./report-model.js').LabelGroup} group */
function groupElement(group) {
  const node = element('div', { class: 'group' }, element('span', { class: 'name' }, isolated(group.label)));
  for (const lane of group.lanes) {
    const canvas = track('lane', (drawing) => drawLane(drawing, lane));
    node.append(selectable(element('div', { class: 'lane-row' }, senseTag(lane.modality), canvas)));
  }
  return node;
}

function markRow() {
  rowElements.forEach((row, at) => row.classList.toggle('selected', at === view.row));
}

let drawRequested = false;
/** Redraws all rows after a key frame was decoded. */
function redrawAll() {
  drawn = '';
  requestDraw();
}

/** Draws once before the next animation frame, however often it is called. */
function requestDraw() {
  if (drawRequested) return;
  drawRequested = true;
  requestAnimationFrame(draw);
}

/** Key of what the rows show now; empty to force a redraw. */
let drawn = '';
function draw() {
  drawRequested = false;
  const colours = theme(timeline);
  const size = `${view.fromSec} ${view.toSec} ${axis.clientWidth} ${devicePixelRatio} ${view.unfolded} ${colours.paper}`;
  // While only the playhead moves, only the axis and the line over the rows need to be drawn.
  const all = size !== drawn;
  drawn = size;
  for (const { canvas, draw: paint } of tracks) {
    if (canvas.clientWidth === 0 || (!all && canvas !== axis && canvas !== overview)) continue;
    const { context, width, height } = fitCanvas(canvas);
    const { fromSec, toSec } = view;
    const x = (/** @type {number} */ sec) => ((sec - fromSec) / (toSec - fromSec)) * width;
    paint({ context, width, height, fromSec, toSec, x, colours });
  }
  place(playhead, view.playheadSec);
}

/** @param {HTMLElement} line @param {number} sec */
function place(line, sec) {
  const fraction = (sec - view.fromSec) / (view.toSec - view.fromSec);
  line.hidden = fraction < -1e-9 || fraction > 1 + 1e-9;
  const box = axis.getBoundingClientRect();
  const left = box.left - timeline.getBoundingClientRect().left - timeline.clientLeft;
  line.style.left = `${left + fraction * box.width}px`;
}

/** The thin line under the pointer; null hides it. @param {number | null} sec */
export function showPointer(sec) {
  if (sec === null) pointerLine.hidden = true;
  else place(pointerLine, sec);
}

/** @param {number} clientX */
export function timeAt(clientX) {
  const box = axis.getBoundingClientRect();
  return view.fromSec + Math.max(0, Math.min(1, (clientX - box.left) / box.width)) * (view.toSec - view.fromSec);
}

/** @param {number} clientX */
export function overviewTimeAt(clientX) {
  const box = overview.getBoundingClientRect();
  return Math.max(0, Math.min(1, (clientX - box.left) / box.width)) * endSec;
}

/** Number of labels in the folded rows. */
export const foldedLabels = firstFolded < 0 ? 0 : new Set(rows.slice(firstFolded).map(({ lane }) => lane?.label)).size;
