// @ts-check
import { element } from '../../../core/page-kit/dom.js';
import { clock } from '../../../core/page-kit/clock.js';
import { describe, segmentText } from './describe.js';
import { timeline } from './timeline.js';
import { onChange, rows, view } from './view.js';

const time = element('b', { class: 'time' });
const facts = element('span', { class: 'said' });
/** The time of the playhead and the description of the selected row at that time. */
export const readout = element('p', { class: 'readout' }, time, facts);

export function startReadout() {
  onChange(show);
  show();
}

function show() {
  const row = rows[view.row];
  const description = row ? describe(row, view.playheadSec) : { title: 'Nothing to show', facts: [] };
  const text = [description.title, ...description.facts].join(' · ');
  time.textContent = clock(view.playheadSec, 1);
  facts.textContent = text;
  timeline.setAttribute('aria-valuenow', view.playheadSec.toFixed(3));
  timeline.setAttribute('aria-valuetext', `${segmentText(view.playheadSec)}: ${text}`);
}
