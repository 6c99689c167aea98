import { request as requestHttp, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { request as requestHttps } from 'node:https';
import { EarsightError, toEarsightError } from '../../core/errors.js';
import { pinnedLookup, resolveChecked, type AddressPolicy } from './address-guard.js';

/** Limit for connecting and receiving the response headers. */
const ANSWER_LIMIT_MS = 20_000;

export interface GuardedRequest {
  readonly method: 'GET' | 'POST';
  readonly headers: OutgoingHttpHeaders;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/**
 * Sends one request to a checked address, on a connection of its own, without a proxy and without following redirects.
 * @param url checked by `checkUrl`
 * @throws EarsightError EARSIGHT_URL_REFUSED, EARSIGHT_URL_FAILED, EARSIGHT_CANCELLED.
 */
export async function requestGuarded(
  url: URL,
  policy: AddressPolicy,
  wanted: GuardedRequest,
): Promise<IncomingMessage> {
  const addresses = await resolveChecked(url, policy);
  const timeout = AbortSignal.timeout(ANSWER_LIMIT_MS);
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = request(url, {
      method: wanted.method,
      headers: wanted.headers,
      lookup: pinnedLookup(addresses),
      agent: false,
      maxHeaderSize: 16 * 1024,
    });
    const onAbort = () => outgoing.destroy(wanted.signal.aborted ? toEarsightError(wanted.signal.reason) : undefined);
    const onTimeout = () => outgoing.destroy(failed('no answer in time'));
    if (wanted.signal.aborted) onAbort();
    wanted.signal.addEventListener('abort', onAbort, { once: true });
    timeout.addEventListener('abort', onTimeout, { once: true });
    outgoing.once('close', () => wanted.signal.removeEventListener('abort', onAbort));
    outgoing.once('response', (answer) => {
      timeout.removeEventListener('abort', onTimeout);
      resolve(answer);
    });
    outgoing.on('error', (error) => {
      reject(error instanceof EarsightError ? error : failed('code' in error ? String(error.code) : 'no connection'));
    });
    outgoing.end(wanted.body);
  });
}

function failed(reason: string): EarsightError {
  return new EarsightError('EARSIGHT_URL_FAILED', { reason });
}
