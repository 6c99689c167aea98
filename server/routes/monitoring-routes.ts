import { monitorEventLoopDelay } from 'node:perf_hooks';
import { freeBytes } from '../../core/store/free-bytes.js';
import { z } from 'zod';
import type { Metrics } from '../../queues/metrics/metrics.js';
import { MIN_FREE_BYTES } from '../limits.js';
import type { ServerApp, ServerParts } from '../server-parts.js';

/** With an event loop this late no request is answered in time; a supervisor should restart the process. */
const STUCK_MS = 5_000;

const healthSchema = z.strictObject({ ok: z.boolean(), trouble: z.array(z.string()) });

/** Health checks for supervisors and load balancers. They need no key, and the answers reveal only whether all is well. */
export function healthRoutes(app: ServerApp, { jobs, data, closing, uploads }: ServerParts): void {
  const delay = monitorEventLoopDelay({ resolution: 100 });
  delay.enable();
  app.addHook('onClose', () => {
    delay.disable();
  });

  app.get(
    '/livez',
    {
      config: { access: 'public' },
      logLevel: 'warn',
      schema: {
        operationId: 'isAlive',
        summary: 'Whether the process turns its events over.',
        tags: ['health'],
        response: { 200: healthSchema, 503: healthSchema },
      },
    },
    async (_request, reply) => {
      const stuck = delay.max / 1e6 > STUCK_MS;
      delay.reset();
      return await reply.code(stuck ? 503 : 200).send({ ok: !stuck, trouble: stuck ? ['the event loop is late'] : [] });
    },
  );

  app.get(
    '/readyz',
    {
      config: { access: 'public' },
      logLevel: 'warn',
      schema: {
        operationId: 'isReady',
        summary:
          'Whether jobs are taken: the queue answers and is safe, the disk has room, the server is not stopping.',
        tags: ['health'],
        response: { 200: healthSchema, 503: healthSchema },
      },
    },
    async (_request, reply) => {
      const trouble: string[] = [];
      if (closing.aborted) trouble.push('stopping');
      if ((await jobs.checkHealth()) !== null) trouble.push('jobs cannot be placed');
      if ((await freeBytes(data.root)) < (uploads.minFreeBytes ?? MIN_FREE_BYTES))
        trouble.push('the disk is nearly full');
      return await reply.code(trouble.length > 0 ? 503 : 200).send({ ok: trouble.length === 0, trouble });
    },
  );
}

/** Serves the metrics to Prometheus; the API key needs the scope `admin`. */
export function metricsRoute(app: ServerApp, metrics: Metrics): void {
  app.get(
    '/metrics',
    { config: { access: 'admin' }, logLevel: 'warn', schema: { hide: true } },
    async (_request, reply) => {
      return await reply.type(metrics.contentType).send(await metrics.text());
    },
  );
}
