// @ts-check
import { report } from './report-model.js';

/** Narrowest mark in pixels, so that a warning about a moment is seen and can be pointed at. */
export const MIN_MARK_PIXELS = 5;

/** Draws where in time the warnings about a part of the file apply. @param {import('./draw-lane.js').Drawing} drawing */
export function drawWarnings({ context, width, height, fromSec, toSec, x, colours }) {
  context.fillStyle = colours.track;
  context.fillRect(0, 0, width, height);
  context.fillStyle = colours.accent;
  for (const [start, end] of report.warnings) {
    if (end < fromSec || start > toSec) continue;
    const markWidth = Math.max(MIN_MARK_PIXELS, x(end) - x(start));
    // A warning about the end of the file would otherwise be drawn outside.
    const left = Math.min(x(start), width - MIN_MARK_PIXELS);
    context.fillRect(left, 2, markWidth, height - 4);
  }
}
