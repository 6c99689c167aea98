// @ts-check
import { button, element, isolated } from '../../../core/page-kit/dom.js';
import { exactClock } from '../../../core/page-kit/clock.js';
import { MODALITY_NAMES, events } from './report-model.js';
import { senseTag } from './describe.js';
import { timeline } from './timeline.js';
import { rows, seek, selectRow } from './view.js';

/** @typedef {import('./report-model.js').ReportEvent} ReportEvent */

/** Rows shown until the user asks for all of them. */
const FIRST_ROWS = 100;

/** @type {{ name: string, value: (event: ReportEvent) => number | string }[]} */
const COLUMNS = [
  { name: 'Start', value: ({ startSec }) => startSec },
  { name: 'End', value: ({ endSec }) => endSec },
  { name: 'Label', value: ({ label }) => label },
  { name: 'Sense', value: ({ modality }) => modality },
  { name: 'Confidence', value: ({ confidence }) => confidence },
];

/** The events as a table, for reading, sorting and copying. */
export function eventTable() {
  const order = { column: 0, descending: false, all: false };
  const body = element('tbody', {});
  const headings = COLUMNS.map(({ name }, column) =>
    element(
      'th',
      { scope: 'col' },
      button(name, () => {
        Object.assign(order, { column, descending: order.column === column && !order.descending });
        show();
      }),
    ),
  );
  const more = button(`Show all ${events.length}`, () => {
    order.all = true;
    show();
  });
  const show = () => {
    const value = COLUMNS[order.column]?.value ?? (() => 0);
    const sign = order.descending ? -1 : 1;
    const sorted = [...events].sort((a, b) => sign * compare(value(a), value(b)));
    body.replaceChildren(...(order.all ? sorted : sorted.slice(0, FIRST_ROWS)).map(tableRow));
    headings.forEach((heading, column) => {
      if (column === order.column) heading.setAttribute('aria-sort', order.descending ? 'descending' : 'ascending');
      else heading.removeAttribute('aria-sort');
    });
    more.hidden = order.all || events.length <= FIRST_ROWS;
  };
  show();
  const table = element('table', {}, element('thead', {}, element('tr', {}, ...headings)), body);
  return element(
    'section',
    { class: 'events', 'aria-label': 'Events' },
    element(
      'div',
      { class: 'bar' },
      element('h2', {}, events.length === 1 ? '1 event' : `${events.length} events`),
      copyButton(),
    ),
    ...(events.length > 0 ? [table, more] : [element('p', { class: 'muted' }, 'Nothing reached its threshold.')]),
  );
}

/** @param {number | string} a @param {number | string} b */
function compare(a, b) {
  return typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));
}

/** @param {ReportEvent} event */
function tableRow(event) {
  const go = () => {
    selectRow(rows.findIndex(({ lane }) => lane?.label === event.label && lane.modality === event.modality));
    seek(event.startSec);
    timeline.focus();
  };
  return element(
    'tr',
    {},
    element('td', {}, button(exactClock(event.startSec), go, { class: 'plain', title: 'Go there' })),
    element('td', {}, exactClock(event.endSec)),
    element('td', {}, isolated(event.label)),
    element('td', {}, senseTag(event.modality)),
    element('td', {}, event.confidence.toFixed(2)),
  );
}

function copyButton() {
  const node = button('Copy as JSON', () => void copy());
  node.setAttribute('aria-live', 'polite');
  const copy = async () => {
    const records = events.map(({ modality, ...event }) => ({ modality: MODALITY_NAMES[modality], ...event }));
    try {
      await navigator.clipboard.writeText(JSON.stringify(records, null, 2));
      node.textContent = 'Copied';
    } catch {
      node.textContent = 'The browser forbids it: see events.json';
    }
    setTimeout(() => (node.textContent = 'Copy as JSON'), 2500);
  };
  return node;
}
