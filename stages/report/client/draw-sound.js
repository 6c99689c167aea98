// @ts-check
import { peaks, report } from './report-model.js';
import { hatch } from './hatch.js';

/** @typedef {import('./draw-lane.js').Drawing} Drawing */

/** LUFS at the bottom and the top of the loudness curve. */
const MIN_LUFS = -60;
const MAX_LUFS = 0;

/** Draws the waveform with silences, speech and onsets. @param {Drawing} drawing */
export function drawWave(drawing) {
  const { context, width, height, fromSec, toSec, x, colours } = drawing;
  const { sound } = report;
  if (!sound) return;
  context.fillStyle = colours.track;
  context.fillRect(0, 0, width, height);
  context.fillStyle = hatch(context, 2, colours.muted);
  for (const [start, end] of sound.silences) fillSpan(drawing, start, end, 0, height);
  const middle = height / 2;
  context.fillStyle = colours.wave;
  const secPerPixel = (toSec - fromSec) / width;
  for (let column = 0; column < width; column++) {
    const first = Math.floor((fromSec + column * secPerPixel) / sound.binSec);
    const last = Math.max(first, Math.ceil((fromSec + (column + 1) * secPerPixel) / sound.binSec) - 1);
    let peak = 0;
    for (let bin = first; bin <= last; bin++) peak = Math.max(peak, peaks[bin] ?? 0);
    const half = Math.max(0.5, (peak / 255) * (middle - 6));
    context.fillRect(column, middle - half, 1, half * 2);
  }
  context.fillStyle = colours.audio;
  for (const [start, end] of sound.speech ?? []) fillSpan(drawing, start, end, 0, 3);
  context.fillStyle = colours.accent;
  let drawnTo = -2;
  for (const onset of sound.onsetsSec) {
    const at = x(onset);
    if (at < 0 || at > width || at - drawnTo < 2) continue;
    drawnTo = at;
    context.fillRect(at - 0.5, height - 7, 1.5, 7);
  }
}

/** @param {Drawing} drawing @param {number} start @param {number} end @param {number} top @param {number} tall */
function fillSpan({ context, fromSec, toSec, x }, start, end, top, tall) {
  if (end > fromSec && start < toSec) context.fillRect(x(start), top, Math.max(1, x(end) - x(start)), tall);
}

/** Draws the loudness of each segment, −60 to 0 LUFS, and that of the whole file as a dashed line. @param {Drawing} drawing */
export function drawLoudness({ context, width, height, fromSec, toSec, x, colours }) {
  const { sound } = report;
  if (!sound) return;
  context.fillStyle = colours.track;
  context.fillRect(0, 0, width, height);
  const y = (/** @type {number} */ lufs) =>
    height - 2 - ((Math.max(MIN_LUFS, Math.min(MAX_LUFS, lufs)) - MIN_LUFS) / (MAX_LUFS - MIN_LUFS)) * (height - 4);
  const first = Math.max(0, Math.floor(fromSec / report.segmentSec) - 1);
  const last = Math.min(sound.segmentLufs.length, Math.ceil(toSec / report.segmentSec) + 1);
  context.strokeStyle = colours.audio;
  context.lineWidth = 1.75;
  context.lineJoin = 'round';
  context.beginPath();
  let penDown = false;
  for (let at = first; at < last; at++) {
    const lufs = sound.segmentLufs[at];
    if (lufs == null) {
      penDown = false;
      continue;
    }
    const centre = x(Math.min((at + 0.5) * report.segmentSec, report.durationSec));
    if (penDown) context.lineTo(centre, y(lufs));
    else context.moveTo(x(at * report.segmentSec), y(lufs));
    context.lineTo(centre, y(lufs));
    penDown = true;
  }
  context.stroke();
  if (sound.integratedLufs === null) return;
  context.strokeStyle = colours.muted;
  context.lineWidth = 1;
  context.setLineDash([3, 4]);
  context.beginPath();
  context.moveTo(0, y(sound.integratedLufs));
  context.lineTo(width, y(sound.integratedLufs));
  context.stroke();
  context.setLineDash([]);
}
