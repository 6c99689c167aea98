// @ts-check
import { byId, button, element, isolated } from '../../../core/page-kit/dom.js';
import { clock } from '../../../core/page-kit/clock.js';
import { fitCanvas, theme } from './canvas.js';

/** @typedef {import('../index-data.js').IndexData} IndexData */
/** @typedef {import('../index-data.js').IndexEntry} IndexEntry */

/** Rows per page: a screen shows eight, and a browser lays out fifty without a noticeable delay. */
const PAGE = 50;
/** Labels shown in a row; the others are only counted. */
const CHIPS = 6;

/** The lines of the small time line, from the top, by the name of their colour. */
const STRIP_LINES = /** @type {const} */ ([
  ['audio', 'heard'],
  ['visual', 'seen'],
  ['both', 'both at once'],
]);

/** @type {IndexData} */
const index = JSON.parse(byId('data').textContent ?? '');
const state = { text: '', status: 'all', label: -1, order: 'input', page: 0 };

/** The text of each entry that a search looks through. */
const haystacks = index.entries.map((entry) =>
  [
    entry.folder,
    entry.name,
    ...entry.labels.map(([label]) => index.labels[label]),
    entry.error?.code,
    ...entry.warnings,
  ]
    .join('\n')
    .toLowerCase(),
);

/** @type {Record<string, (a: number, b: number) => number>} */
const ORDERS = {
  input: (a, b) => a - b,
  name: (a, b) => collator.compare(entryAt(a).name, entryAt(b).name) || a - b,
  longest: (a, b) => (entryAt(b).durationSec ?? -1) - (entryAt(a).durationSec ?? -1) || a - b,
  eventful: (a, b) => eventCount(entryAt(b)) - eventCount(entryAt(a)) || a - b,
};
const collator = new Intl.Collator(undefined, { numeric: true });

const list = element('ol', { class: 'videos', 'aria-label': 'Files of this run' });
const count = element('p', { class: 'count', role: 'status' });
const pagers = [element('nav', { 'aria-label': 'Pages' }), element('nav', { 'aria-label': 'Pages, again' })];
byId('index').replaceChildren(toolbar(), ...pagers.slice(0, 1), list, ...pagers.slice(1));
show();
document.documentElement.dataset['ready'] = 'true';

function toolbar() {
  const search = element('input', { type: 'search', placeholder: 'Name, label or error', 'aria-label': 'Search' });
  search.addEventListener('input', () => change({ text: search.value.trim().toLowerCase() }));
  for (const chip of document.querySelectorAll('button[data-search]')) {
    chip.addEventListener('click', () => {
      search.value = chip.getAttribute('data-search') ?? '';
      change({ text: search.value.toLowerCase() });
    });
  }
  const statuses = ['all', 'done', 'failed', 'skipped'].map((status) => {
    const many = index.entries.filter((entry) => status === 'all' || entry.status === status).length;
    return element('option', { value: status }, `${status === 'all' ? 'every file' : status} (${many})`);
  });
  const labels = index.labels
    .map((label, at) => ({ label, at }))
    .sort((a, b) => collator.compare(a.label, b.label))
    .map(({ label, at }) => element('option', { value: at }, label));
  return element(
    'div',
    { class: 'toolbar', role: 'search' },
    search,
    select('Status', statuses, (value) => change({ status: value })),
    select('Label', [element('option', { value: -1 }, 'any label'), ...labels], (value) =>
      change({ label: Number(value) }),
    ),
    select(
      'Order',
      [
        element('option', { value: 'input' }, 'in order of input'),
        element('option', { value: 'name' }, 'by name'),
        element('option', { value: 'longest' }, 'longest first'),
        element('option', { value: 'eventful' }, 'most events first'),
      ],
      (value) => change({ order: value }),
    ),
    count,
    element('p', { class: 'strip-key' }, ...STRIP_LINES.map(([name, word]) => element('span', { class: name }, word))),
  );
}

/**
 * @param {string} name
 * @param {HTMLOptionElement[]} options
 * @param {(value: string) => void} onChange
 */
function select(name, options, onChange) {
  const node = element('select', { 'aria-label': name }, ...options);
  node.addEventListener('change', () => onChange(node.value));
  return node;
}

/** @param {Partial<typeof state>} changes */
function change(changes) {
  Object.assign(state, { page: 0 }, changes);
  show();
}

function show() {
  const words = state.text.split(/\s+/).filter(Boolean);
  const found = index.entries
    .map((_, at) => at)
    .filter((at) => {
      const entry = entryAt(at);
      if (state.status !== 'all' && entry.status !== state.status) return false;
      if (state.label >= 0 && !entry.labels.some(([label]) => label === state.label)) return false;
      return words.every((word) => haystacks[at]?.includes(word));
    })
    .sort(ORDERS[state.order]);
  const first = state.page * PAGE;
  const shown = found.slice(first, first + PAGE);
  list.start = first + 1;
  list.replaceChildren(...shown.map((at) => row(entryAt(at))));
  for (const canvas of list.querySelectorAll('canvas')) drawStrip(canvas);
  count.textContent = found.length === 0 ? 'nothing matches' : `${found.length.toLocaleString('en')} shown`;
  for (const pager of pagers) fillPager(pager, found.length);
}

/** @param {HTMLElement} pager @param {number} total */
function fillPager(pager, total) {
  const pages = Math.ceil(total / PAGE);
  pager.className = 'pager';
  pager.hidden = pages < 2;
  const turnPage = (/** @type {number} */ by) => {
    change({ page: state.page + by });
    list.scrollIntoView({ block: 'start' });
  };
  const back = button('‹ Back', () => turnPage(-1));
  const next = button('Next ›', () => turnPage(1));
  back.disabled = state.page === 0;
  next.disabled = state.page >= pages - 1;
  pager.replaceChildren(back, element('span', {}, `page ${state.page + 1} of ${pages}`), next);
}

/** @param {IndexEntry} entry */
function row(entry) {
  const title = entry.report
    ? element('a', { href: entry.report }, isolated(entry.name))
    : element('span', {}, isolated(entry.name));
  const picture = element('span', { class: 'picture', 'aria-hidden': 'true' });
  if (entry.thumbnail) picture.append(element('img', { src: entry.thumbnail, alt: '', loading: 'lazy' }));
  else picture.append(entry.status === 'failed' ? '!' : '♪');
  const duration = entry.durationSec === null ? '' : clock(entry.durationSec);
  const about = element('div', { class: 'about' }, element('h2', {}, title));
  if (entry.folder) about.append(element('p', { class: 'folder' }, isolated(entry.folder)));
  if (entry.labels.length > 0) about.append(chips(entry));
  if (entry.error) about.append(failure(entry.error));
  const strip = element('canvas', {
    class: 'strip',
    'data-strip': entry.strip,
    role: 'img',
    'aria-label': 'When something is heard, seen, both',
    title: 'From above: heard, seen, both at once',
  });
  return element(
    'li',
    { class: `video ${entry.status}` },
    picture,
    about,
    element('div', { class: 'when' }, ...(entry.strip ? [strip] : []), element('span', {}, duration || entry.status)),
  );
}

/** @param {IndexEntry} entry */
function chips(entry) {
  const items = entry.labels.slice(0, CHIPS).map(([label, heard, seen, both, firstSec]) => {
    const counts = { heard, seen, both };
    const text = Object.entries(counts).flatMap(([sense, many]) => (many > 0 ? `${sense} ${many}×` : []));
    const name = isolated(index.labels[label] ?? '');
    const body = [name, element('span', { class: 'muted' }, text.join(', '))];
    const target = entry.report && `${entry.report}#t=${firstSec}`;
    return element(
      'li',
      {},
      target ? element('a', { href: target, class: 'chip' }, ...body) : element('span', { class: 'chip' }, ...body),
    );
  });
  const rest = entry.labels.length - CHIPS;
  if (rest > 0) items.push(element('li', { class: 'muted' }, `and ${rest} more`));
  return element('ul', { class: 'chips', 'aria-label': 'Labels' }, ...items);
}

/** @param {{ code: string, message: string, advice: string }} error */
function failure(error) {
  return element(
    'p',
    { class: 'failure' },
    isolated(error.message),
    element('br'),
    ...(error.advice ? [element('span', {}, error.advice), ' '] : []),
    element('code', {}, error.code),
  );
}

/** @param {IndexEntry} entry */
function eventCount(entry) {
  return entry.labels.reduce((sum, [, heard, seen]) => sum + heard + seen, 0);
}

/** @param {number} at */
function entryAt(at) {
  const entry = index.entries[at];
  if (!entry) throw new RangeError(`row ${at}`);
  return entry;
}

/** Draws the small time line of a row: one line each for heard, seen and both. @param {HTMLCanvasElement} canvas */
function drawStrip(canvas) {
  const strip = canvas.dataset['strip'] ?? '';
  const { context, width, height } = fitCanvas(canvas);
  const colours = theme(canvas);
  const line = height / 3;
  const column = width / strip.length;
  [colours.audio, colours.visual, colours.both].forEach((colour, modality) => {
    context.fillStyle = colours.track;
    context.fillRect(0, modality * line + 1, width, line - 2);
    context.fillStyle = colour;
    for (let at = 0; at < strip.length; at++)
      if (Number(strip[at]) & (1 << modality))
        context.fillRect(at * column, modality * line + 1, column + 0.5, line - 2);
  });
}
