import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { EarsightError } from '../../core/errors.js';
import { LOCAL_CALLER, hasScope, type Caller, type Scope } from '../caller.js';
import type { ApiKeys } from './api-keys.js';
import { readCookie, type Sessions } from './sessions.js';

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    /** The scope that a caller needs; `public` needs no key. Without it, a key of any scope is enough. */
    access?: 'public' | Scope;
  }
}

const LOOPBACK_HOST = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i;
/** Headers of proxies, load balancers and content delivery networks. */
const FORWARDING_HEADER =
  /^(forwarded|via|x-forwarded(-.+)?|x-real-.+|(x-)?(client|cluster|true|fastly|remote|original|originating|envoy|azure|appengine|amz|amzn|cloud|proxy|proxyuser)-.+|x-host|cf-.+|cdn-.+|proxy-connection|max-forwards)$/;
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Authenticates every request and checks that its caller may use the route. Routes that do not exist need a key as well, so
 * that the answers do not reveal which routes exist.
 */
export function installAuthHook(app: FastifyInstance, keys: ApiKeys, sessions: Sessions): void {
  app.decorateRequest('caller', null);
  app.addHook('onRequest', (request, _reply, done) => {
    try {
      const access = request.routeOptions.config.access;
      if (request.raw.httpVersion !== '1.0' && request.headers.host === undefined)
        throw new EarsightError('EARSIGHT_REQUEST_INVALID', { reason: 'the Host header is missing' });
      if (keys.areUnused && !isLocal(request.raw)) throw new EarsightError('EARSIGHT_ORIGIN_REFUSED');
      request.caller = callerOf(request, keys, sessions);
      if (access === 'public') done();
      else {
        if (request.caller === null) throw new EarsightError('EARSIGHT_KEY_MISSING');
        if (access !== undefined && !hasScope(request.caller, access))
          throw new EarsightError('EARSIGHT_KEY_SCOPE', { scope: access });
        done();
      }
    } catch (error) {
      done(error instanceof Error ? error : new EarsightError('EARSIGHT_KEY_MISSING'));
    }
  });
}

/** The caller of a request. @throws EarsightError EARSIGHT_KEY_MISSING without a caller, which only a public route allows. */
export function callerIn(request: FastifyRequest): Caller {
  if (request.caller === null) throw new EarsightError('EARSIGHT_KEY_MISSING');
  return request.caller;
}

/** @throws EarsightError EARSIGHT_ORIGIN_REFUSED for a changing request from a page of another site. */
function callerOf(request: FastifyRequest, keys: ApiKeys, sessions: Sessions): Caller | null {
  const bearer = /^Bearer ([!-~]{1,200})$/i.exec(request.headers.authorization ?? '')?.[1];
  if (bearer !== undefined && !keys.areUnused) return keys.check(bearer);
  // From here on the credentials may be a cookie, which a browser adds to requests of other sites' pages as well.
  if (!SAFE_METHODS.has(request.method) && !isOwnOrigin(request.headers))
    throw new EarsightError('EARSIGHT_ORIGIN_REFUSED');
  if (keys.areUnused) return LOCAL_CALLER;
  const token = readCookie(request.headers.cookie);
  const keyId = token === null ? null : sessions.keyOf(token);
  return keyId === null ? null : keys.callerById(keyId);
}

/**
 * Whether a client on this machine made the request; a server without API keys answers no other. A page that resolves its
 * own name to this machine (DNS rebinding) sends that name as host. A proxy on this machine forwards requests of others: any
 * header that only proxies send counts, and so does HTTP/1.0, which nginx speaks to its servers by default. A proxy that
 * sends none of them and rewrites the host cannot be recognised (SECURITY.md).
 */
function isLocal({ headers, httpVersion }: IncomingMessage): boolean {
  if (httpVersion === '1.0' || Object.keys(headers).some((name) => FORWARDING_HEADER.test(name))) return false;
  return LOOPBACK_HOST.test(headers.host ?? '');
}

/**
 * False when a browser states that another site made the request. Clients that are not browsers send neither header. The
 * check is needed here because browsers send a cross-site upload without asking the server first (no CORS preflight).
 */
function isOwnOrigin(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  const { origin } = headers;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === (headers.host ?? '').toLowerCase();
}
