// @ts-check
import { byId, button, element } from '../../../core/page-kit/dom.js';
import { startDescription } from './description.js';
import { eventTable } from './event-table.js';
import { help, listenToKeys } from './keyboard.js';
import { openButton, player, preparePlayer, togglePlay } from './player.js';
import { followPointer } from './pointer.js';
import { lufsText } from './describe.js';
import { startReadout, readout } from './readout.js';
import { looks } from './looks.js';
import { groups, report } from './report-model.js';
import { buildTimeline, foldedLabels, timeline } from './timeline.js';
import { startPicture, shownPicture } from './shown-picture.js';
import { tooltip } from './tooltip.js';
import { fold, onChange, seek, toggleMarks, view, zoom } from './view.js';

const unfold = button('', toggleFold, { class: 'unfold', 'aria-controls': 'timeline' });

byId('report').replaceChildren(
  player,
  shownPicture,
  element('div', { class: 'bar top' }, readout, controls()),
  timeline,
  ...(foldedLabels > 0 ? [unfold] : []),
  legend(),
  ...(groups.length > 0 ? [eventTable()] : []),
  help,
  tooltip,
);
nameUnfold();
buildTimeline();
startReadout();
followPointer();
listenToKeys(togglePlay);
preparePlayer();
startPicture();
startDescription();
seekToFragment();
window.addEventListener('hashchange', seekToFragment);
document.documentElement.dataset['ready'] = 'true';

function controls() {
  return element(
    'div',
    { class: 'controls' },
    openButton,
    ...(looks.length > 0 ? [marksButton()] : []),
    button('−', () => zoom(1 / 1.6), { 'aria-label': 'Zoom out' }),
    button('+', () => zoom(1.6), { 'aria-label': 'Zoom in' }),
    button('Whole', () => zoom(1e-9), { 'aria-label': 'Show the whole file' }),
    button('?', () => help.showModal(), { 'aria-label': 'Keys' }),
  );
}

function marksButton() {
  const node = button('Boxes', toggleMarks, { title: 'Draw things, faces and body points over the pictures (b)' });
  const updateState = () => node.setAttribute('aria-pressed', String(view.marks));
  onChange((change) => {
    if (change === 'marks') updateState();
  });
  updateState();
  return node;
}

function legend() {
  const said = [
    ...(groups.length > 0
      ? ['A row is stronger where its score is higher; an outlined bar is an event and its confidence.']
      : []),
    ...(looks.length > 0
      ? ['On pictures: boxes are things and people, round ones faces, lines a body between its joints.']
      : []),
    ...(report.sound
      ? [`Sound: ticks are onsets, slanted is silence${report.sound.speech ? ', the line on top is speech' : ''}.`]
      : []),
    ...(report.spoken.some(([, , , doubtful]) => doubtful)
      ? ['Words with a dashed outline are doubtful: the transcriber may have invented them.']
      : []),
    ...(report.sound?.integratedLufs == null
      ? []
      : [`Loudness: −60 to 0 LUFS, dashed the whole file at ${lufsText(report.sound.integratedLufs)}.`]),
  ];
  return element('p', { class: 'legend' }, said.join(' '));
}

function toggleFold() {
  fold(!view.unfolded);
  nameUnfold();
}

function nameUnfold() {
  const many = foldedLabels === 1 ? '1 label' : `${foldedLabels} labels`;
  unfold.textContent = view.unfolded ? `Hide the ${many} without an event` : `Show ${many} without an event`;
  unfold.setAttribute('aria-expanded', String(view.unfolded));
}

/** Seeks to the time in the address: the overview of a run links to `report.html#t=12.5`. */
function seekToFragment() {
  const sec = /^#t=(\d+(?:\.\d+)?)$/.exec(location.hash)?.[1];
  if (sec !== undefined) seek(Number(sec));
}
