// @ts-check
import { button, byId, element, isolated } from '../../core/page-kit/dom.js';
import { post, upload } from './api.js';
import { put } from './job-list.js';

/** Browsers open at most six HTTP/1.1 connections per host, and the page needs some of them itself. */
const CONCURRENT_UPLOADS = 2;

const drop = byId('drop');
const files = /** @type {HTMLInputElement} */ (byId('files'));
const trouble = byId('hand-in-trouble');
const uploads = byId('uploads');
/** @type {(() => Promise<void>)[]} */
const waiting = [];
let active = 0;

/** @param {readonly string[]} takes what the server accepts: `upload`, `path`, `url` */
export function showSubmitForm(takes) {
  byId('hand-in').hidden = false;
  files.addEventListener('change', () => {
    take(files.files);
    files.value = '';
  });
  for (const name of ['dragover', 'dragleave', 'drop'])
    document.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle('over', name === 'dragover');
    });
  document.addEventListener('drop', (event) => take(event.dataTransfer?.files ?? null));
  showReferenceForm(takes.includes('path'), takes.includes('url'));
}

/** @param {boolean} path @param {boolean} url */
function showReferenceForm(path, url) {
  const form = /** @type {HTMLFormElement} */ (byId('refer'));
  const where = /** @type {HTMLInputElement} */ (byId('where'));
  form.hidden = !path && !url;
  byId('where-label').textContent = path && url ? 'Path or address' : path ? 'Path on the server' : 'Address';
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    trouble.textContent = '';
    const isUrl = url && (!path || /^https?:/i.test(where.value));
    post('/v1/jobs', isUrl ? { url: where.value } : { path: where.value }).then(
      (job) => {
        where.value = '';
        put(job);
      },
      (error) => (trouble.textContent = error.message),
    );
  });
}

/** @param {FileList | null} chosen */
function take(chosen) {
  trouble.textContent = '';
  for (const file of chosen ?? []) {
    const bar = element('progress', { max: 1, value: 0, 'aria-label': `Upload of ${file.name}` });
    const status = element('p', { class: 'said' }, 'waiting to be uploaded');
    let stop = () => {
      waiting.splice(waiting.indexOf(start), 1);
      row.remove();
    };
    const controls = element(
      'div',
      { class: 'actions' },
      button('Stop', () => stop(), { 'aria-label': `Stop the upload of ${file.name}` }),
    );
    const about = element('div', { class: 'about' }, element('h3', {}, isolated(file.name)), status, bar);
    const row = element(
      'li',
      { class: 'video' },
      element('span', { class: 'picture', 'aria-hidden': 'true' }, '↑'),
      about,
      controls,
    );
    const start = async () => {
      const sending = upload(file, (fraction) => {
        bar.value = fraction;
        status.textContent = `uploading, ${Math.round(fraction * 100)} %`;
      });
      stop = sending.stop;
      try {
        put(await sending.job);
        row.remove();
      } catch (error) {
        status.textContent = error instanceof Error ? error.message : '';
        bar.remove();
        controls.replaceChildren(button('Dismiss', () => row.remove(), { 'aria-label': `Dismiss ${file.name}` }));
      }
    };
    uploads.append(row);
    waiting.push(start);
  }
  startUploads();
}

function startUploads() {
  while (active < CONCURRENT_UPLOADS && waiting.length > 0) {
    active += 1;
    void waiting
      .shift()?.()
      .finally(() => {
        active -= 1;
        startUploads();
      });
  }
}
