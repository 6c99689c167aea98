// @ts-check

/** @typedef {import('../api-schemas.js').JobView} Job */

/** An error response of the server, with its message and advice. */
export class ApiError extends Error {
  /** @param {number} status @param {string} message @param {string} advice */
  constructor(status, message, advice) {
    super(advice === '' ? message : `${message}. ${advice}`);
    this.status = status;
  }
}

/**
 * Sends a request and returns its JSON.
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<any>}
 */
export async function request(path, options) {
  const answer = await fetch(path, options).catch(() => null);
  if (!answer) throw new ApiError(0, 'The server does not answer', 'It may be starting again.');
  if (answer.ok) return answer.status === 204 ? null : await answer.json();
  throw apiErrorOf(answer.status, await answer.text());
}

/** Sends a POST request with a JSON body. @param {string} path @param {object} body */
export async function post(path, body) {
  return await request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/**
 * Uploads a file. XMLHttpRequest is used because `fetch` reports no upload progress.
 * @param {File} file
 * @param {(fraction: number) => void} onProgress
 * @returns {{ job: Promise<Job>, stop: () => void }}
 */
export function upload(file, onProgress) {
  const transfer = new XMLHttpRequest();
  const form = new FormData();
  form.append('file', file, file.name);
  const job = new Promise((resolve, reject) => {
    transfer.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    transfer.onload = () => {
      if (transfer.status < 300) resolve(JSON.parse(transfer.responseText));
      else reject(apiErrorOf(transfer.status, transfer.responseText));
    };
    transfer.onerror = () => reject(new ApiError(0, 'The upload broke off', 'Try again.'));
    transfer.onabort = () => reject(new ApiError(0, 'Stopped', ''));
    transfer.open('POST', '/v1/jobs');
    transfer.send(form);
  });
  return { job, stop: () => transfer.abort() };
}

/** @param {number} status @param {string} text */
function apiErrorOf(status, text) {
  try {
    const { error } = JSON.parse(text);
    return new ApiError(status, String(error.message), String(error.advice));
  } catch {
    return new ApiError(status, `The server answered ${status}`, '');
  }
}
