// @ts-check
import { report, shots } from './report-model.js';
import { cameraOf } from './camera.js';

/** @typedef {import('./draw-lane.js').Drawing} Drawing */
/** @typedef {import('./report-model.js').ReportShot} ReportShot */

/** @type {Map<number, HTMLImageElement>} */
const pictures = new Map();

/** Decoded when first seen. @param {number} index @param {() => void} onReady */
export function picture(index, onReady) {
  let image = pictures.get(index);
  if (!image) {
    image = new Image();
    image.src = report.thumbnails[index] ?? '';
    pictures.set(index, image);
  }
  if (!image.complete) image.addEventListener('load', onReady, { once: true });
  return image;
}

/** @param {Drawing} drawing @returns {ReportShot[]} */
function visible({ fromSec, toSec }) {
  return shots.filter(({ startSec, endSec }) => endSec > fromSec && startSec < toSec);
}

/**
 * Each shot's key frame, filling the shot's width as far as the picture goes; a hairline where a shot begins.
 * @param {Drawing} drawing
 * @param {() => void} redraw
 */
export function drawKeyFrames(drawing, redraw) {
  const { context, width, height, x, colours } = drawing;
  let drawnTo = -1;
  for (const shot of visible(drawing)) {
    const left = Math.max(0, x(shot.startSec));
    const right = Math.min(width, x(shot.endSec));
    // Thousands of shots on one screen: the first that begins in a pixel stands for it.
    if (right - drawnTo < 1) continue;
    drawnTo = right;
    const boxWidth = right - left - 2;
    context.save();
    context.beginPath();
    context.roundRect(left + 1, 0, Math.max(1, boxWidth), height, Math.min(5, Math.max(1, boxWidth) / 2));
    context.clip();
    context.fillStyle = colours.track;
    context.fillRect(left, 0, right - left, height);
    if (shot.picture >= 0 && boxWidth > 3) drawPicture(drawing, picture(shot.picture, redraw), left + 1, boxWidth);
    context.restore();
  }
}

/** @param {Drawing} drawing @param {HTMLImageElement} image @param {number} left @param {number} boxWidth */
function drawPicture({ context, height }, image, left, boxWidth) {
  if (!image.complete || image.naturalHeight === 0) return;
  const shownWidth = (image.naturalWidth / image.naturalHeight) * height;
  if (shownWidth >= boxWidth) {
    // Narrower than its picture: the middle of it.
    const cut = (boxWidth / shownWidth) * image.naturalWidth;
    context.drawImage(image, (image.naturalWidth - cut) / 2, 0, cut, image.naturalHeight, left, 0, boxWidth, height);
    return;
  }
  // Wider: the picture once, then its like again, paler, as film goes on.
  for (let at = left, first = true; at < left + boxWidth; at += shownWidth + 2, first = false) {
    context.globalAlpha = first ? 1 : 0.28;
    context.drawImage(image, at, 0, shownWidth, height);
  }
}

/** What the camera does in each shot, in as many words as there is room for. @param {Drawing} drawing */
export function drawCamera(drawing) {
  const { context, width, height, x, colours } = drawing;
  context.font = '12px system-ui, sans-serif';
  context.textBaseline = 'middle';
  let drawnTo = -1;
  for (const shot of visible(drawing)) {
    const start = x(shot.startSec);
    const left = Math.max(0, start);
    const room = Math.min(width, x(shot.endSec)) - left - 8;
    if (left - drawnTo < 1 && room < 8) continue;
    drawnTo = left;
    if (start >= 0) {
      context.fillStyle = colours.line;
      context.fillRect(left, 0, 1, height);
    }
    const { sign, words, amount } = cameraOf(shot);
    const texts = [`${sign} ${words} ${amount}`, `${sign} ${words}`, sign].map((text) => text.trim());
    const text = texts.find((one) => one !== '' && context.measureText(one).width <= room);
    if (text === undefined) continue;
    context.fillStyle = sign === '' ? colours.muted : colours.ink;
    context.fillText(text, left + 6, height / 2 + 0.5);
  }
}
