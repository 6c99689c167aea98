// @ts-check
import { lightPhrases } from './description.js';
import { overviewTimeAt, showPointer, timeAt, timeline } from './timeline.js';
import { hideTooltip, showTooltip } from './tooltip.js';
import { rows, seek, selectRow, showSpan, view, zoom } from './view.js';

/** Click or drag moves the playhead, hover shows the tooltip, ctrl-wheel or pinch zooms, a sideways wheel pans. */
export function followPointer() {
  /** @type {((clientX: number) => void) | null} */
  let drag = null;
  timeline.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || !(event.target instanceof HTMLCanvasElement)) return;
    const row = rowUnder(event);
    if (row >= 0) selectRow(row);
    drag = isOverview(event.target) ? centreOn : (clientX) => seek(timeAt(clientX));
    drag(event.clientX);
    timeline.setPointerCapture(event.pointerId);
  });
  timeline.addEventListener('pointermove', (event) => {
    drag?.(event.clientX);
    hover(event);
  });
  for (const end of ['pointerup', 'pointercancel']) timeline.addEventListener(end, () => (drag = null));
  timeline.addEventListener('pointerleave', () => hover(null));
  timeline.addEventListener('wheel', onWheel, { passive: false });
}

/** @param {PointerEvent | null} event */
function hover(event) {
  const canvas = event && (event.target instanceof HTMLCanvasElement ? event.target : null);
  if (!event || !canvas || isOverview(canvas)) {
    showPointer(null);
    lightPhrases(null, 0);
    hideTooltip();
    return;
  }
  const sec = timeAt(event.clientX);
  showPointer(sec);
  const row = rows[rowUnder(event)];
  lightPhrases(row ?? null, sec);
  if (row) showTooltip(row, sec, event.clientX, event.clientY);
  else hideTooltip();
}

/** The camera row selects the row of shots above it, and the rows of loudness and words that of the sound. @param {PointerEvent} event */
function rowUnder({ target }) {
  const line = target instanceof Element ? target.closest('.row, .lane-row') : null;
  let rowed = line;
  while (rowed && !rowed.hasAttribute('data-row')) rowed = rowed.previousElementSibling;
  const at = rowed?.getAttribute('data-row');
  return at == null || line?.classList.contains('sticky') ? -1 : Number(at);
}

/** @param {Element} canvas */
function isOverview(canvas) {
  return canvas.classList.contains('overview');
}

/** @param {number} clientX */
function centreOn(clientX) {
  const span = view.toSec - view.fromSec;
  showSpan(overviewTimeAt(clientX) - span / 2, span);
}

/** A plain wheel scrolls the page as usual. @param {WheelEvent} event */
function onWheel(event) {
  const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : event.shiftKey ? event.deltaY : 0;
  if (event.ctrlKey || event.metaKey) zoom(Math.exp(-event.deltaY * 0.004), timeAt(event.clientX));
  else if (sideways !== 0) {
    const span = view.toSec - view.fromSec;
    showSpan(view.fromSec + (sideways / timeline.clientWidth) * span, span);
  } else return;
  event.preventDefault();
}
