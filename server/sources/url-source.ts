import type { IncomingMessage } from 'node:http';
import { basename } from 'node:path';
import { EarsightError, toEarsightError } from '../../core/errors.js';
import { checkUrl, type AddressPolicy } from '../security/address-guard.js';
import { requestGuarded } from '../security/guarded-request.js';
import { withTimeout } from '../with-timeout.js';
import { safeFileName } from './file-name.js';
import type { PaceLimits } from './pace.js';
import { writeWithLimit, type WrittenFile } from './write-with-limit.js';

const MAX_REDIRECTS = 5;
/** Limit for the whole download. */
const FETCH_LIMIT_MS = 2 * 3600_000;
/** Content types of sound and video. Many servers send only a generic binary type; the decoder checks the content itself. */
const MEDIA_TYPE =
  /^(video\/|audio\/|application\/(octet-stream|mp4|ogg|x-matroska|mxf|vnd\.rn-realmedia)\b|binary\/octet-stream\b)/i;

export interface FetchOptions extends PaceLimits {
  readonly policy: AddressPolicy;
  readonly maxBytes: number;
  readonly minFreeBytes?: number;
  readonly signal: AbortSignal;
  /** Receives 0 to 1, or null when the length is not known. */
  readonly progress: (fraction: number | null) => void;
}

/** The part of an address that may be shown: a query may hold a secret. */
export function shownUrl(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

/** A safe file name for the file at this address. */
export function nameOfUrl(url: URL): string {
  let path = url.pathname;
  try {
    path = decodeURIComponent(path);
  } catch {
    // The path is not valid UTF-8 when decoded; the encoded form is used.
  }
  return safeFileName(basename(path));
}

/**
 * Downloads to a new file. Every redirect is checked like the first address, and the connection is made to the IP address
 * that was checked.
 * @throws EarsightError EARSIGHT_URL_REFUSED, EARSIGHT_URL_FAILED, EARSIGHT_INPUT_NOT_MEDIA for another content type,
 * EARSIGHT_INPUT_TOO_LARGE, EARSIGHT_DISK_FULL, EARSIGHT_CANCELLED.
 */
export async function fetchTo(path: string, address: string, options: FetchOptions): Promise<WrittenFile> {
  const limit = { ms: FETCH_LIMIT_MS, reason: failed('it took too long') };
  return await withTimeout(
    limit,
    options.signal,
    async (signal) => await download(path, address, { ...options, signal }),
  );
}

async function download(path: string, address: string, options: FetchOptions): Promise<WrittenFile> {
  const { policy, progress, signal } = options;
  const answer = await followRedirects(address, policy, signal);
  try {
    const length = Number(answer.headers['content-length'] ?? NaN);
    const expectedBytes = Number.isSafeInteger(length) ? length : null;
    const shown = shownUrl(checkUrl(address, policy));
    const type = answer.headers['content-type'] ?? '';
    if (type !== '' && !MEDIA_TYPE.test(type))
      throw new EarsightError('EARSIGHT_INPUT_NOT_MEDIA', { path: shown, reason: `it is ${type.slice(0, 60)}` });
    const written = await writeWithLimit(answer, path, {
      ...options,
      name: shown,
      expectedBytes,
      onBytes: (bytes) => progress(expectedBytes === null ? null : Math.min(1, bytes / Math.max(1, expectedBytes))),
    });
    if (expectedBytes !== null && written.bytes !== expectedBytes) throw failed('it broke off');
    return written;
  } catch (error) {
    throw asFetchError(error, signal);
  } finally {
    answer.destroy();
  }
}

async function followRedirects(address: string, policy: AddressPolicy, signal: AbortSignal): Promise<IncomingMessage> {
  let url = checkUrl(address, policy);
  for (let redirects = 0; ; redirects++) {
    // No compression, so that the size limit applies to the bytes that are written.
    const headers = { accept: 'video/*, audio/*, application/octet-stream', 'accept-encoding': 'identity' };
    const answer = await requestGuarded(url, policy, { method: 'GET', headers, signal });
    const status = answer.statusCode ?? 0;
    if (status === 200) return answer;
    answer.destroy();
    const { location } = answer.headers;
    if (status < 300 || status >= 400 || location === undefined) throw failed(`status ${status}`);
    if (redirects === MAX_REDIRECTS) throw failed(`more than ${MAX_REDIRECTS} redirects`);
    if (!URL.canParse(location, url.href)) throw new EarsightError('EARSIGHT_URL_REFUSED');
    url = checkUrl(new URL(location, url).href, policy);
  }
}

function asFetchError(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return toEarsightError(signal.reason);
  if (error instanceof EarsightError)
    return error.code === 'EARSIGHT_REQUEST_TIMEOUT' ? failed('it stood still or was too slow') : error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOSPC' || code === 'EDQUOT') return toEarsightError(error);
  return failed(code === '' ? 'it broke off' : code);
}

function failed(reason: string): EarsightError {
  return new EarsightError('EARSIGHT_URL_FAILED', { reason });
}
