import type { FastifyInstance, FastifyReply } from 'fastify';

/** The policy of responses that are not pages: they load nothing and may not be framed. */
const API_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox";

/**
 * The policy of reports, in addition to the one inside each report that names its script and style. `sandbox` gives the
 * report an origin of its own, so that a script that ever ran in it could not use the reader's session.
 */
export const REPORT_POLICY = 'sandbox allow-scripts allow-downloads allow-popups allow-popups-to-escape-sandbox';

/** The security headers of every response; a route that needs another value sets it itself. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
  'content-security-policy': API_POLICY,
};

export function installPolicy(app: FastifyInstance): void {
  app.addHook('onSend', (_request, reply, payload, done) => {
    addSecurityHeaders(reply);
    done(null, payload);
  });
}

/** Adds the security headers that are not set yet. For answers that are sent before any hook runs. */
export function addSecurityHeaders(reply: FastifyReply): void {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) if (!reply.hasHeader(name)) reply.header(name, value);
}
