import type { Metrics } from '../../queues/metrics/metrics.js';
import type { ServerApp } from '../server-parts.js';

/** For Prometheus, with a key that has the scope admin. */
export function metricsRoute(app: ServerApp, metrics: Metrics): void {
  app.get(
    '/metrics',
    { config: { door: 'admin' }, logLevel: 'warn', schema: { hide: true } },
    async (_request, reply) => {
      return await reply.type(metrics.contentType).send(await metrics.text());
    },
  );
}
