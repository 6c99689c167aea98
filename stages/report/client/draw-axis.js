// @ts-check
import { clock } from '../../../core/page-kit/clock.js';
import { view } from './view.js';

const STEPS_SEC = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400];
/** Width of `1:00:00` with a margin. */
const LABEL_PIXELS = 72;

/** Draws the time axis and the handle of the playhead on it. @param {import('./draw-lane.js').Drawing} drawing */
export function drawAxis({ context, width, height, fromSec, toSec, x, colours }) {
  const minStep = ((toSec - fromSec) / width) * LABEL_PIXELS;
  const step = STEPS_SEC.find((one) => one >= minStep) ?? 36_000;
  context.font = '12px system-ui, sans-serif';
  context.textBaseline = 'middle';
  for (let tick = Math.ceil(fromSec / step); tick * step <= toSec; tick++) {
    const at = x(tick * step);
    context.fillStyle = colours.line;
    context.fillRect(Math.round(at), height - 6, 1, 6);
    const text = clock(tick * step, step < 1 ? 1 : 0);
    const textWidth = context.measureText(text).width;
    context.fillStyle = colours.muted;
    context.fillText(text, Math.max(0, Math.min(width - textWidth, at - textWidth / 2)), height / 2 - 2);
  }
  const at = x(view.playheadSec);
  context.fillStyle = colours.accent;
  context.beginPath();
  context.moveTo(at - 6, height - 9);
  context.lineTo(at + 6, height - 9);
  context.lineTo(at, height);
  context.fill();
}

/** Draws the whole video and, when zoomed in, which part of it is shown. @param {import('./draw-lane.js').Drawing} drawing @param {number} durationSec */
export function drawOverview({ context, width, height, colours }, durationSec) {
  context.fillStyle = colours.track;
  context.beginPath();
  context.roundRect(0, 1, width, height - 2, 4);
  context.fill();
  if (view.toSec - view.fromSec > durationSec * 0.999) return;
  const left = (view.fromSec / durationSec) * width;
  const right = (view.toSec / durationSec) * width;
  context.fillStyle = colours.muted;
  context.globalAlpha = 0.45;
  context.beginPath();
  context.roundRect(left, 1, Math.max(6, right - left), height - 2, 4);
  context.fill();
  context.globalAlpha = 1;
  context.fillStyle = colours.accent;
  context.fillRect((view.playheadSec / durationSec) * width - 0.75, 0, 1.5, height);
}
