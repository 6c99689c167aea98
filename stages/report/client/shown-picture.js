// @ts-check
import { element, isolated } from '../../../core/page-kit/dom.js';
import { exactClock } from '../../../core/page-kit/clock.js';
import { fitCanvas } from './canvas.js';
import { shotAt } from './describe.js';
import { drawMarks } from './draw-marks.js';
import { picture } from './draw-shots.js';
import { looks, thingText, thingsAt } from './looks.js';
import { shots } from './report-model.js';
import { onChange, view } from './view.js';

const shownCanvas = element('canvas', { class: 'shown', role: 'img' });
const caption = element('figcaption', { class: 'muted' });
const foundList = element('ul', { class: 'found', 'aria-label': 'Found in this picture' });

/** The key frame at the playhead, large, with its detections. Hidden for a file without detections. */
export const shownPicture = element(
  'figure',
  { class: 'shown-picture', hidden: looks.length === 0 },
  shownCanvas,
  element('div', {}, caption, foundList),
);

export function startPicture() {
  if (looks.length === 0) return;
  onChange((change) => {
    if (change === 'playhead' || change === 'marks') showPicture();
  });
  new ResizeObserver(() => showPicture(true)).observe(shownCanvas);
  showPicture();
}

/** Key of the picture that the canvas shows now. */
let shownNow = '';

/** @param {boolean} [again] */
function showPicture(again = false) {
  const at = shotAt(view.playheadSec);
  const shot = shots[at];
  const key = `${at} ${view.marks}`;
  // Without a key frame, an empty frame or that of another shot would be wrong.
  shownPicture.classList.toggle('empty', !shot || shot.picture < 0);
  if (!shot || shot.picture < 0 || (key === shownNow && !again)) return;
  const image = picture(shot.picture, () => showPicture(true));
  if (!image.complete || image.naturalWidth === 0) return;
  shownNow = key;
  const things = thingsAt(shot.timeSec);
  shownCanvas.style.aspectRatio = `${image.naturalWidth} / ${image.naturalHeight}`;
  const { context, width, height } = fitCanvas(shownCanvas);
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, 0, 0, width, height);
  if (view.marks) drawMarks(context, things, { left: 0, top: 0, width, height }, { line: 2, words: true });
  const texts = things.map(thingText);
  const where = `Shot ${at + 1}, key frame at ${exactClock(shot.timeSec)}`;
  caption.textContent = where;
  shownCanvas.setAttribute('aria-label', `${where}: ${texts.length > 0 ? texts.join('; ') : 'nothing found'}`);
  const items = texts.length > 0 ? texts : ['nothing found'];
  foundList.replaceChildren(...items.map((text) => element('li', {}, isolated(text))));
}
