import { z } from 'zod';
import { EarsightError } from '../../core/errors.js';
import { errorSchema } from '../api-schemas.js';
import { scopeSchema } from '../caller.js';
import { cookieFor, readCookie } from '../security/sessions.js';
import type { ServerApp, ServerParts } from '../server-parts.js';

const sessionSchema = z.strictObject({
  needsKey: z.boolean().describe('Whether the server asks for API keys at all.'),
  scopes: z.array(scopeSchema).describe('What the caller may do; empty when not signed in.'),
  takes: z.array(z.enum(['upload', 'path', 'url'])).describe('Where sound and video may come from.'),
});

/** Sessions for the page: an API key is exchanged for a cookie that no script can read. */
export function sessionRoutes(app: ServerApp, { keys, sessions, roots, urls }: ServerParts): void {
  const checkRate = app.createRateLimit();
  const takes = [
    'upload' as const,
    ...(roots.length > 0 ? ['path' as const] : []),
    ...(urls === null ? [] : ['url' as const]),
  ];

  app.get(
    '/v1/session',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'getSession',
        summary: 'What the caller may do.',
        tags: ['session'],
        response: { 200: sessionSchema, default: errorSchema },
      },
    },
    (request) => ({ needsKey: !keys.areUnused, scopes: [...(request.caller?.scopes ?? [])], takes }),
  );

  app.post(
    '/v1/session',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'signIn',
        summary: 'Exchange an API key for a session cookie.',
        tags: ['session'],
        body: z.strictObject({ key: z.string().min(1).max(200) }),
        response: { 200: sessionSchema, default: errorSchema },
      },
    },
    async (request, reply) => {
      const caller = keys.check(request.body.key);
      if (caller === null) throw new EarsightError('EARSIGHT_KEY_MISSING');
      // The request has a caller only now, so the rate limit before the handler did not count it.
      request.caller = caller;
      const rate = await checkRate(request);
      if (!rate.isAllowed && rate.isExceeded)
        throw new EarsightError('EARSIGHT_RATE', { limit: rate.max, retryAfterSec: rate.ttlInSeconds });
      // Behind a proxy that terminates TLS, the browser's Origin header tells that the page was loaded over https.
      const secure = request.headers.origin?.startsWith('https:') === true;
      return await reply
        .header('set-cookie', cookieFor(sessions.open(caller.id), secure))
        .send({ needsKey: true, scopes: [...caller.scopes], takes });
    },
  );

  app.delete(
    '/v1/session',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'signOut',
        summary: 'End the session.',
        tags: ['session'],
        response: { 204: z.undefined(), default: errorSchema },
      },
    },
    async (request, reply) => {
      const token = readCookie(request.headers.cookie);
      if (token !== null) sessions.close(token);
      return await reply.header('set-cookie', cookieFor('', false)).code(204).send();
    },
  );
}
