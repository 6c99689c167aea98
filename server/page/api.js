// @ts-check

/** @typedef {import('../api-schemas.js').JobView} Job */

/** A refusal of the server, in its own words. */
export class Refusal extends Error {
  /** @param {number} status @param {string} message @param {string} advice */
  constructor(status, message, advice) {
    super(advice === '' ? message : `${message}. ${advice}`);
    this.status = status;
  }
}

/**
 * One request; its JSON.
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<any>}
 */
export async function ask(path, options) {
  const answer = await fetch(path, options).catch(() => null);
  if (!answer) throw new Refusal(0, 'The server does not answer', 'It may be starting again.');
  if (answer.ok) return answer.status === 204 ? null : await answer.json();
  throw refusalOf(answer.status, await answer.text());
}

/** @param {string} path @param {object} body */
export async function send(path, body) {
  return await ask(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/**
 * Uploads a file; `fetch` cannot tell how far it is.
 * @param {File} file
 * @param {(fraction: number) => void} onProgress
 * @returns {{ job: Promise<Job>, stop: () => void }}
 */
export function upload(file, onProgress) {
  const request = new XMLHttpRequest();
  const form = new FormData();
  form.append('file', file, file.name);
  const job = new Promise((resolve, reject) => {
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onload = () => {
      if (request.status < 300) resolve(JSON.parse(request.responseText));
      else reject(refusalOf(request.status, request.responseText));
    };
    request.onerror = () => reject(new Refusal(0, 'The upload broke off', 'Try again.'));
    request.onabort = () => reject(new Refusal(0, 'Stopped', ''));
    request.open('POST', '/v1/jobs');
    request.send(form);
  });
  return { job, stop: () => request.abort() };
}

/** @param {number} status @param {string} text */
function refusalOf(status, text) {
  try {
    const { error } = JSON.parse(text);
    return new Refusal(status, String(error.message), String(error.advice));
  } catch {
    return new Refusal(status, `The server answered ${status}`, '');
  }
}
