// @ts-check
import { report, shots } from './report-model.js';
import { cameraOf } from './describe.js';
import { drawMarks } from './draw-marks.js';
import { thingsAt } from './looks.js';
import { view } from './view.js';

/** @typedef {import('./draw-lane.js').Drawing} Drawing */
/** @typedef {import('./report-model.js').ReportShot} ReportShot */

/** @type {Map<number, HTMLImageElement>} */
const pictures = new Map();

/** The picture of a key frame, decoded on first use. @param {number} index @param {() => void} onReady */
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

/** A picture narrower than this shows nothing; narrower shots share one. */
const MIN_PICTURE_PIXELS = 24;

/**
 * Draws key frames along the time axis, each as wide as its shot. Adjacent shots that are too short to show share one
 * place, which shows the longest of them.
 * @param {Drawing} drawing
 * @param {() => void} redraw
 */
export function drawKeyFrames(drawing, redraw) {
  const { context, width, height, x, colours } = drawing;
  const seen = visible(drawing);
  for (let at = 0; at < seen.length;) {
    const left = Math.max(0, x(seen[at]?.startSec ?? 0));
    let right = left;
    /** @type {ReportShot | null} */
    let longest = null;
    for (; at < seen.length && right - left < MIN_PICTURE_PIXELS; at++) {
      const shot = seen[at];
      if (!shot) break;
      right = Math.min(width, x(shot.endSec));
      const longer = longest === null || shot.endSec - shot.startSec > longest.endSec - longest.startSec;
      if (shot.picture >= 0 && longer) longest = shot;
    }
    const boxWidth = Math.max(1, right - left - 2);
    context.save();
    context.beginPath();
    context.roundRect(left + 1, 0, boxWidth, height, Math.min(5, boxWidth / 2));
    context.clip();
    context.fillStyle = colours.track;
    context.fillRect(left, 0, right - left, height);
    if (longest) drawPicture(drawing, picture(longest.picture, redraw), left + 1, boxWidth, longest);
    context.restore();
  }
}

/**
 * @param {Drawing} drawing
 * @param {HTMLImageElement} image
 * @param {number} left
 * @param {number} boxWidth
 * @param {ReportShot} shot
 */
function drawPicture({ context, height }, image, left, boxWidth, shot) {
  if (!image.complete || image.naturalHeight === 0) return;
  const shownWidth = (image.naturalWidth / image.naturalHeight) * height;
  if (shownWidth >= boxWidth) {
    // The shot is narrower than its picture: show the middle of the picture.
    const cut = (boxWidth / shownWidth) * image.naturalWidth;
    context.drawImage(image, (image.naturalWidth - cut) / 2, 0, cut, image.naturalHeight, left, 0, boxWidth, height);
    mark(context, shot, left - (shownWidth - boxWidth) / 2, shownWidth, height);
    return;
  }
  // The shot is wider than its picture: draw it once, then repeat it paler.
  for (let at = left, first = true; at < left + boxWidth; at += shownWidth + 2, first = false) {
    context.globalAlpha = first ? 1 : 0.28;
    context.drawImage(image, at, 0, shownWidth, height);
    if (first) mark(context, shot, at, shownWidth, height);
  }
}

/** @param {CanvasRenderingContext2D} context @param {ReportShot} shot @param {number} left @param {number} width @param {number} height */
function mark(context, shot, left, width, height) {
  if (view.marks)
    drawMarks(context, thingsAt(shot.timeSec), { left, top: 0, width, height }, { line: 1.2, words: false });
}

/** Writes the camera movement into each shot, in as many words as fit. @param {Drawing} drawing */
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
