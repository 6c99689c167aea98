// @ts-check
import { byId } from '../../core/page-kit/dom.js';
import { request, post } from './api.js';
import { showSubmitForm } from './submit-form.js';
import { showJobs } from './job-list.js';

/** @typedef {{ needsKey: boolean, scopes: string[], takes: string[] }} Session */

const signIn = /** @type {HTMLFormElement} */ (byId('sign-in'));
const key = /** @type {HTMLInputElement} */ (byId('key'));
const trouble = byId('sign-in-trouble');

signIn.addEventListener('submit', (event) => {
  event.preventDefault();
  trouble.textContent = '';
  post('/v1/session', { key: key.value.trim() }).then(
    () => location.reload(),
    () => (trouble.textContent = 'This key is not known here.'),
  );
});
byId('sign-out').addEventListener('click', () => {
  void request('/v1/session', { method: 'DELETE' }).finally(() => location.reload());
});

request('/v1/session').then(open, (error) => {
  signIn.hidden = false;
  trouble.textContent = error.message;
});

/** @param {Session} session */
async function open({ needsKey, scopes, takes }) {
  signIn.hidden = scopes.length > 0;
  byId('sign-out').hidden = !needsKey || scopes.length === 0;
  const may = scopes.includes('submit') || scopes.includes('admin');
  if (may) showSubmitForm(takes);
  if (scopes.length > 0) await showJobs(may);
  else key.focus();
  document.documentElement.dataset['ready'] = 'true';
}
