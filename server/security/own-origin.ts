import type { IncomingHttpHeaders } from 'node:http';

const LOOPBACK_HOST = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i;

/**
 * Whether somebody on this machine asks. A page elsewhere that lets its own name point here (rebinding) sends that name,
 * and a proxy that lets strangers in says for whom it asks: a server without keys answers neither.
 */
export function isLocal(headers: IncomingHttpHeaders): boolean {
  const forwarded = headers.forwarded !== undefined || headers['x-forwarded-for'] !== undefined;
  return !forwarded && LOOPBACK_HOST.test(headers.host ?? '');
}

/**
 * False when a browser says that another site made the request. Programs send neither header. An upload needs no
 * permission of the server's to be sent across sites, so it must be looked at here.
 */
export function isOwnOrigin(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  const { origin } = headers;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === (headers.host ?? '').toLowerCase();
}
