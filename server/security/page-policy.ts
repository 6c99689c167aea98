import type { FastifyInstance } from 'fastify';

/** The policy of responses that are not pages: they load nothing and may not be framed. */
const API_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox";

/**
 * The policy of reports, in addition to the one inside each report that names its script and style. `sandbox` gives the
 * report an origin of its own, so that a script that ever ran in it could not use the reader's session.
 */
export const REPORT_POLICY = 'sandbox allow-scripts allow-downloads allow-popups allow-popups-to-escape-sandbox';

/** Sets the security headers of every response; a route that needs another value sets it itself. */
export function installPolicy(app: FastifyInstance): void {
  app.addHook('onSend', (_request, reply, payload, done) => {
    const set = (name: string, value: string) => {
      if (!reply.hasHeader(name)) reply.header(name, value);
    };
    set('x-content-type-options', 'nosniff');
    set('referrer-policy', 'no-referrer');
    set('cross-origin-resource-policy', 'same-origin');
    set('cross-origin-opener-policy', 'same-origin');
    set('cache-control', 'no-store');
    set('content-security-policy', API_POLICY);
    done(null, payload);
  });
}
