// @ts-check
import { report } from './report-model.js';

/** @typedef {import('./draw-lane.js').Drawing} Drawing */

/** Room on either side of a text inside its bar. */
const PADDING = 4;

/** Draws what is said as bars with as much of their text as fits; doubtful ones are outlined only. @param {Drawing} drawing */
export function drawWords({ context, width, height, fromSec, toSec, x, colours }) {
  context.fillStyle = colours.track;
  context.fillRect(0, 0, width, height);
  context.font = '12px system-ui, sans-serif';
  context.textBaseline = 'middle';
  for (const [startSec, endSec, text, doubtful] of report.spoken) {
    if (endSec < fromSec || startSec > toSec) continue;
    const left = Math.max(0, x(startSec));
    const right = Math.min(width, Math.max(x(endSec), left + 2));
    context.strokeStyle = doubtful ? colours.muted : colours.audio;
    context.setLineDash(doubtful ? [3, 3] : []);
    context.fillStyle = colours.card;
    context.beginPath();
    context.roundRect(left + 0.5, 1.5, Math.max(1, right - left - 1), height - 3, 3);
    if (!doubtful) context.fill();
    context.stroke();
    context.setLineDash([]);
    const shown = fitted(context, text, right - left - 2 * PADDING);
    context.fillStyle = doubtful ? colours.muted : colours.ink;
    if (shown !== '') context.fillText(shown, left + PADDING, height / 2 + 0.5);
  }
}

/** The beginning of a text that fits, with an ellipsis. @param {CanvasRenderingContext2D} context @param {string} text @param {number} room */
function fitted(context, text, room) {
  if (room < 14) return '';
  const whole = context.measureText(text).width;
  if (whole <= room) return text;
  const characters = [...text];
  const kept = Math.floor((characters.length * room) / whole) - 1;
  return kept < 2 ? '' : `${characters.slice(0, kept).join('').trimEnd()}…`;
}
