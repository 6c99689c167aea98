// @ts-check
import { byId } from '../../core/page-kit/dom.js';
import { request } from './api.js';
import { fillRow, jobRow } from './job-row.js';

/** @typedef {import('../api-schemas.js').JobView} Job */

const PAGE = 50;
const list = byId('jobs');
const live = byId('live');
const more = byId('more');
/** @type {string | null} */
let next = null;
let mayChange = false;

const actions = {
  /** @param {Job} job */
  stop: (job) => act(`/v1/jobs/${job.id}`, 'DELETE'),
  /** @param {Job} job */
  retry: (job) => act(`/v1/jobs/${job.id}/retry`, 'POST'),
  /** @param {Job} job */
  remove: (job) => act(`/v1/jobs/${job.id}?purge=true`, 'DELETE', job.id),
};

/**
 * Shows the jobs and updates them from the event stream.
 * @param {boolean} changeable whether the reader may stop and retry
 * @returns {Promise<void>} resolves when the list is loaded
 */
export function showJobs(changeable) {
  mayChange = changeable;
  byId('work').hidden = false;
  more.onclick = () => void load(next);
  const source = new EventSource('/v1/events');
  source.onerror = () => (live.textContent = 'connecting …');
  source.addEventListener('job', ({ data }) => put(JSON.parse(data)));
  source.addEventListener('removed', ({ data }) => drop(JSON.parse(data).id));
  // The list is loaded again at every connection, because events may have been missed before.
  return new Promise((resolve) => (source.onopen = () => void load(null).then(resolve)));
}

/** @param {Job} job */
export function put(job) {
  const row = rowOf(job.id);
  if (row) fillRow(row, job, mayChange ? actions : null);
  else list.insertBefore(jobRow(job, mayChange ? actions : null), older(job.id));
  showCounts();
}

/** @param {string | null} before */
async function load(before) {
  const query = new URLSearchParams({ limit: String(PAGE), ...(before === null ? {} : { before }) });
  try {
    const page = await request(`/v1/jobs?${query}`);
    if (before === null) list.replaceChildren();
    for (const job of page.jobs) put(job);
    next = page.next;
    more.hidden = next === null;
    showCounts();
  } catch (error) {
    live.textContent = error instanceof Error ? error.message : '';
  }
}

/** @param {string} path @param {string} method @param {string} [removed] */
async function act(path, method, removed) {
  try {
    const job = await request(path, { method });
    if (removed !== undefined) drop(removed);
    else put(job);
  } catch (error) {
    live.textContent = error instanceof Error ? error.message : '';
  }
}

/** @param {string} id */
function drop(id) {
  const row = rowOf(id);
  const neighbour = row?.nextElementSibling ?? row?.previousElementSibling;
  const focused = row?.contains(document.activeElement);
  row?.remove();
  if (focused) /** @type {HTMLElement | null | undefined} */ (neighbour?.querySelector('a, button'))?.focus();
  showCounts();
}

function showCounts() {
  const count = (/** @type {string} */ state) => list.querySelectorAll(`:scope > .${state}`).length;
  const words = [
    [count('running'), 'at work'],
    [count('queued'), 'waiting'],
    [count('done'), 'done'],
    [count('failed'), 'failed'],
  ];
  live.textContent = words
    .filter(([many]) => many !== 0)
    .map(([many, word]) => `${many} ${word}`)
    .join(' · ');
  byId('nothing').hidden = list.childElementCount > 0;
}

/** @param {string} id */
function rowOf(id) {
  return /** @type {HTMLElement | null} */ (list.querySelector(`:scope > [data-job="${CSS.escape(id)}"]`));
}

/** The first row of an older job; ids sort by time of submission. @param {string} id */
function older(id) {
  return [...list.children].find((row) => (row.getAttribute('data-job') ?? '') < id) ?? null;
}
