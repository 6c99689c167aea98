import type { FastifyInstance, FastifyRequest } from 'fastify';
import { EarsightError } from '../../core/errors.js';
import { LOCAL_CALLER, hasScope, type Caller, type Scope } from '../caller.js';
import type { ApiKeys } from './api-keys.js';
import { isOwnOrigin, isLocal } from './own-origin.js';
import { readCookie, type Sessions } from './sessions.js';

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    /** `open`: no key is asked for. Any scope will do without it. */
    door?: 'open' | Scope;
  }
}

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Every request passes here first: whose it is, and whether its route is theirs. Routes that do not exist are closed
 * too, so that nobody learns from outside what there is.
 */
export function installAuthHook(app: FastifyInstance, keys: ApiKeys, sessions: Sessions): void {
  app.decorateRequest('caller', null);
  app.addHook('onRequest', (request, _reply, done) => {
    try {
      const door = request.routeOptions.config.door;
      if (keys.areUnused && !isLocal(request.headers)) throw new EarsightError('EARSIGHT_ORIGIN_REFUSED');
      request.caller = callerOf(request, keys, sessions);
      if (door === 'open') done();
      else {
        if (request.caller === null) throw new EarsightError('EARSIGHT_KEY_MISSING');
        if (door !== undefined && !hasScope(request.caller, door))
          throw new EarsightError('EARSIGHT_KEY_SCOPE', { scope: door });
        done();
      }
    } catch (error) {
      done(error instanceof Error ? error : new EarsightError('EARSIGHT_KEY_MISSING'));
    }
  });
}

/** @throws EarsightError EARSIGHT_KEY_MISSING when there is no caller, which only an open route allows. */
export function callerIn(request: FastifyRequest): Caller {
  if (request.caller === null) throw new EarsightError('EARSIGHT_KEY_MISSING');
  return request.caller;
}

/** @throws EarsightError EARSIGHT_ORIGIN_REFUSED for a change that another site's page asks for. */
function callerOf(request: FastifyRequest, keys: ApiKeys, sessions: Sessions): Caller | null {
  const bearer = /^Bearer ([!-~]{1,200})$/i.exec(request.headers.authorization ?? '')?.[1];
  if (bearer !== undefined && !keys.areUnused) return keys.check(bearer);
  // From here on a browser may have added what lets the request in by itself.
  if (!READING.has(request.method) && !isOwnOrigin(request.headers)) throw new EarsightError('EARSIGHT_ORIGIN_REFUSED');
  if (keys.areUnused) return LOCAL_CALLER;
  const token = readCookie(request.headers.cookie);
  const keyId = token === null ? null : sessions.keyOf(token);
  return keyId === null ? null : keys.callerById(keyId);
}
