import { monitorEventLoopDelay } from 'node:perf_hooks';
import { freeBytes } from '../../core/store/free-bytes.js';
import { z } from 'zod';
import { MIN_FREE_BYTES } from '../limits.js';
import type { ServerApp, ServerParts } from '../server-parts.js';

/** A loop this late answers nobody in time: a supervisor should start the process again. */
const STUCK_MS = 5_000;

const healthSchema = z.strictObject({ ok: z.boolean(), trouble: z.array(z.string()) });

/** For supervisors and load balancers: they hold no key and learn nothing but whether all is well. */
export function healthRoutes(app: ServerApp, { desk, data, closing, uploads }: ServerParts): void {
  const delay = monitorEventLoopDelay({ resolution: 100 });
  delay.enable();
  app.addHook('onClose', () => {
    delay.disable();
  });

  app.get(
    '/livez',
    {
      config: { door: 'open' },
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
      config: { door: 'open' },
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
      if ((await desk.trouble()) !== null) trouble.push('jobs cannot be placed');
      if ((await freeBytes(data.root)) < (uploads.minFreeBytes ?? MIN_FREE_BYTES))
        trouble.push('the disk is nearly full');
      return await reply.code(trouble.length > 0 ? 503 : 200).send({ ok: trouble.length === 0, trouble });
    },
  );
}
