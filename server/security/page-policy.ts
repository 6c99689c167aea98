import type { FastifyInstance } from 'fastify';

/** Answers that are no page load nothing and may be framed by nobody. */
const API_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox";

/**
 * A report carries its own policy, which names its script and style. Here it is put into an origin of its own: should
 * anything ever run in it, it could not use the session of whoever reads it.
 */
export const REPORT_POLICY = 'sandbox allow-scripts allow-downloads allow-popups allow-popups-to-escape-sandbox';

/** Headers of every answer; pages that need more say so themselves. */
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
