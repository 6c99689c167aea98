// @ts-check
import { button, element, isolated } from '../../../core/page-kit/dom.js';
import { activeEvents } from './describe.js';
import { drawMarks } from './draw-marks.js';
import { fitCanvas } from './canvas.js';
import { looks, thingsBetween } from './looks.js';
import { shownPicture } from './shown-picture.js';
import { MODALITY_MARKS, MODALITY_NAMES, report, shots } from './report-model.js';
import { movePlayhead, onChange, view } from './view.js';

const video = element('video', { controls: true, playsinline: true, preload: 'auto' });
const active = element('ul', { class: 'chips', 'aria-label': 'Events at the playhead' });
const remark = element('p', { class: 'muted', role: 'status' });
/** Hidden and never focused: `openButton` and the space key open it. */
const choose = element('input', { type: 'file', accept: 'video/*,audio/*,.mkv,.ts', hidden: true });
const marks = element('canvas', { class: 'marks', 'aria-hidden': 'true' });
const screen = element('div', { class: 'screen' }, video, marks);
const stage = element('div', { class: 'stage', hidden: true }, screen, element('div', {}, active, remark));

/** Plays the user's own copy of the file, which is read from disk by this page and sent nowhere. */
export const player = element('section', { class: 'player', 'aria-label': 'Video' }, stage, choose);
export const openButton = button(shots.length > 0 ? 'Open the video…' : 'Open the sound…', () => choose.click(), {
  title: 'Plays your copy of the file beside this report; nothing is sent anywhere',
});

export function togglePlay() {
  if (stage.hidden) choose.click();
  else if (video.paused) void video.play();
  else video.pause();
}

export function preparePlayer() {
  choose.addEventListener('change', () => open(choose.files?.[0]));
  document.addEventListener('dragover', (event) => event.preventDefault());
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    open(event.dataTransfer?.files[0]);
  });
  video.addEventListener('loadedmetadata', () => {
    const differs = Math.abs(video.duration - report.durationSec) > Math.max(1, report.durationSec * 0.01);
    remark.textContent = differs ? 'This file is not as long as the one of this report: is it the same?' : '';
    video.currentTime = view.playheadSec;
    markVideo();
  });
  new ResizeObserver(markVideo).observe(screen);
  video.addEventListener('error', () => {
    remark.textContent = 'This browser cannot play that file. The report works without it.';
  });
  video.addEventListener('play', follow);
  video.addEventListener('seeked', () => movePlayhead(video.currentTime));
  onChange((change) => {
    if (change === 'seek' && !stage.hidden && Math.abs(video.currentTime - view.playheadSec) > 0.01)
      video.currentTime = view.playheadSec;
    if (change === 'playhead' && !stage.hidden) showActive();
    if (change === 'playhead' || change === 'marks') markVideo();
  });
}

/** @param {File | undefined} file */
function open(file) {
  if (!file) return;
  if (video.src) URL.revokeObjectURL(video.src);
  video.src = URL.createObjectURL(file);
  stage.hidden = false;
  // The player draws the same detections over the video.
  shownPicture.hidden = true;
  openButton.textContent = 'Open another…';
  showActive();
}

function follow() {
  if (video.paused) return;
  if (!video.seeking) movePlayhead(video.currentTime);
  requestAnimationFrame(follow);
}

/** Draws detections over the part of the element that the picture fills. */
function markVideo() {
  if (stage.hidden || looks.length === 0) return;
  const { context, width, height } = fitCanvas(marks);
  if (!view.marks || video.videoWidth === 0) return;
  const scale = Math.min(width / video.videoWidth, height / video.videoHeight);
  const [shownWidth, shownHeight] = [video.videoWidth * scale, video.videoHeight * scale];
  const place = {
    left: (width - shownWidth) / 2,
    top: (height - shownHeight) / 2,
    width: shownWidth,
    height: shownHeight,
  };
  drawMarks(context, thingsBetween(view.playheadSec), place, { line: 2, words: true });
}

let shown = '';
function showActive() {
  const now = activeEvents(view.playheadSec);
  const key = now.map(({ label, modality }) => `${modality} ${label}`).join('\n');
  if (key === shown) return;
  shown = key;
  active.replaceChildren(
    ...now.map(({ label, modality }) =>
      element(
        'li',
        { class: `chip ${MODALITY_NAMES[modality]}` },
        element('span', {}, MODALITY_MARKS[modality] ?? ''),
        isolated(label),
      ),
    ),
  );
}
