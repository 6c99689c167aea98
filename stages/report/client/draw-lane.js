// @ts-check
import { NO_SCORE, report } from './report-model.js';
import { hatch } from './hatch.js';

/** @typedef {{ context: CanvasRenderingContext2D, width: number, height: number, fromSec: number, toSec: number, x: (sec: number) => number, colours: import('./canvas.js').Theme }} Drawing */

/** Draws scores as a heat strip and events as outlined bars over it. @param {Drawing} drawing @param {import('./report-model.js').Lane} lane */
export function drawLane(drawing, lane) {
  const { context, width, height, colours } = drawing;
  const colour = [colours.audio, colours.visual, colours.both][lane.modality] ?? colours.ink;
  context.fillStyle = colours.track;
  context.fillRect(0, 1, width, height - 2);
  context.fillStyle = colour;
  drawHeat(drawing, lane.scores);
  context.globalAlpha = 1;
  drawEvents(drawing, lane, colour);
}

/** Where segments are narrower than a pixel, a pixel shows the highest score of its segments. @param {Drawing} drawing @param {Uint8Array} scores */
function drawHeat({ context, width, height, fromSec, toSec, x }, scores) {
  const { segmentSec } = report;
  const segmentWidth = (segmentSec / (toSec - fromSec)) * width;
  const first = Math.max(0, Math.floor(fromSec / segmentSec));
  const last = Math.min(scores.length, Math.ceil(toSec / segmentSec));
  const step = Math.max(1, Math.floor(1 / segmentWidth));
  const aligned = first - (first % step);
  for (let at = aligned; at < last; at += step) {
    let best = 0;
    for (let inside = at; inside < Math.min(last, at + step); inside++) {
      const byte = scores[inside] ?? NO_SCORE;
      if (byte !== NO_SCORE && byte > best) best = byte;
    }
    if (best === 0) continue;
    // The exponent separates high scores visibly from a steady 0.2.
    context.globalAlpha = 0.8 * (best / 254) ** 1.7;
    const left = x(at * segmentSec);
    context.fillRect(left, 1, Math.min(width, x((at + step) * segmentSec)) - left + 0.3, height - 2);
  }
}

/** @param {Drawing} drawing @param {import('./report-model.js').Lane} lane @param {string} colour */
function drawEvents({ context, height, fromSec, toSec, x, colours }, lane, colour) {
  context.lineWidth = 1.5;
  context.font = '600 11px system-ui, sans-serif';
  context.textBaseline = 'middle';
  for (const { startSec, endSec, confidence } of lane.events) {
    if (endSec < fromSec || startSec > toSec) continue;
    const left = x(startSec) + 0.75;
    const barWidth = Math.max(2, x(endSec) - left - 0.75);
    context.beginPath();
    context.roundRect(left, 1.75, barWidth, height - 3.5, Math.min(4, barWidth / 2));
    if (barWidth > 6) {
      context.fillStyle = hatch(context, lane.modality, colour);
      context.fill();
    }
    context.strokeStyle = colour;
    context.stroke();
    const shownLeft = Math.max(left, 0);
    if (left + barWidth - shownLeft < 44) continue;
    const text = confidence.toFixed(2);
    context.fillStyle = colours.card;
    context.beginPath();
    context.roundRect(shownLeft + 5, 4, context.measureText(text).width + 8, height - 8, 3);
    context.fill();
    context.fillStyle = colours.ink;
    context.fillText(text, shownLeft + 9, height / 2 + 0.5);
  }
}
