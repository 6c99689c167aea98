// @ts-check
import { clock } from '../../core/page-kit/clock.js';
import { button, element, isolated } from '../../core/page-kit/dom.js';

/** @typedef {import('../api-schemas.js').JobView} Job */
/** @typedef {{ stop: (job: Job) => void, retry: (job: Job) => void, remove: (job: Job) => void }} Actions */

const SYMBOLS = { queued: '…', running: '◐', done: '♪', failed: '!', cancelled: '×' };
const WORDS = { queued: 'waiting', running: 'at work', done: 'done', failed: 'failed', cancelled: 'stopped' };

/**
 * Makes the row of a job. Later changes replace the row's parts in place, so that the keyboard focus stays in the row.
 * @param {Job} job
 * @param {Actions | null} actions null for users who may only read
 */
export function jobRow(job, actions) {
  const row = element('li', { 'data-job': job.id });
  fillRow(row, job, actions);
  return row;
}

/** @param {HTMLElement} row @param {Job} job @param {Actions | null} actions */
export function fillRow(row, job, actions) {
  const state = row.dataset['state'];
  row.className = `video ${job.state}`;
  const said = row.querySelector('.said');
  const bar = row.querySelector('progress');
  if (state === job.state && said && (bar || job.state !== 'running')) {
    said.textContent = statusText(job);
    if (bar) bar.value = job.progress;
    return;
  }
  row.dataset['state'] = job.state;
  const focused = row.contains(document.activeElement);
  row.replaceChildren(picture(job), about(job), controls(job, actions));
  if (focused) /** @type {HTMLElement | null} */ (row.querySelector('.actions a, .actions button'))?.focus();
}

/** @param {Job} job */
function picture(job) {
  const box = element('span', { class: 'picture', 'aria-hidden': 'true' });
  if (job.thumbnail) box.append(element('img', { src: job.thumbnail, alt: '', loading: 'lazy' }));
  else box.append(SYMBOLS[job.state]);
  return box;
}

/** @param {Job} job */
function about(job) {
  const name = isolated(job.name);
  const title = job.state === 'done' ? element('a', { href: reportOf(job) }, name) : name;
  const box = element(
    'div',
    { class: 'about' },
    element('h3', {}, title),
    element('p', { class: 'said' }, statusText(job)),
  );
  if (job.state === 'running' || job.state === 'queued')
    box.append(element('progress', { max: 1, value: job.progress, 'aria-label': `Progress of ${job.name}` }));
  if (job.error) {
    box.append(
      element(
        'p',
        { class: 'failure' },
        isolated(job.error.message),
        element('br'),
        `${job.error.advice} `,
        element('code', {}, job.error.code),
      ),
    );
  }
  return box;
}

/** @param {Job} job @param {Actions | null} actions */
function controls(job, actions) {
  const box = element('div', { class: 'actions' });
  /** @param {string} text @param {(job: Job) => void} act */
  const add = (text, act) => box.append(button(text, () => act(job), { 'aria-label': `${text}: ${job.name}` }));
  if (job.state === 'done')
    box.append(element('a', { href: reportOf(job), 'aria-label': `Report: ${job.name}` }, 'Report'));
  if (!actions) return box;
  if (job.state === 'queued' || job.state === 'running') add('Stop', actions.stop);
  if (job.state === 'failed' || job.state === 'cancelled') add('Try again', actions.retry);
  if (job.state !== 'queued' && job.state !== 'running') add('Delete', actions.remove);
  return box;
}

/** @param {Job} job */
function statusText(job) {
  const parts = [WORDS[job.state]];
  if (job.state === 'running') {
    parts[0] = `${Math.round(job.progress * 100)} %`;
    const busy = job.stages.filter((stage) => stage.fraction > 0 && stage.wallMs === null).map(({ name }) => name);
    if (busy.length > 0) parts.push(busy.join(', '));
  }
  if (job.durationSec !== null) parts.push(clock(job.durationSec));
  if (job.state === 'done' && job.startedAt && job.finishedAt)
    parts.push(`took ${clock((Date.parse(job.finishedAt) - Date.parse(job.startedAt)) / 1000)}`);
  parts.push(new Date(job.createdAt).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' }));
  return parts.join(' · ');
}

/** @param {Job} job */
function reportOf(job) {
  return `/v1/jobs/${job.id}/report`;
}
