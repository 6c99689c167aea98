import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { Queues } from '../../queues/bullmq/queues.js';
import type { ServerApp } from '../server-parts.js';

/** Allows only the server's own files. The board writes inline styles. */
const BOARD_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; object-src 'none'; base-uri 'self'; frame-ancestors 'none'";

/** Shows the queues of a fleet, read-only: the command line is used to change them. */
export async function queueBoard(app: ServerApp, queues: Queues): Promise<void> {
  const adapter = new FastifyAdapter();
  adapter.setBasePath('/board');
  const shown = [queues.videos, queues.media, queues.inference, queues.light];
  createBullBoard({
    queues: shown.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'earsight' } },
  });
  await app.register(async (board) => {
    board.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'admin' };
      route.schema = { hide: true };
      // The board's own error handler would turn refused authentication into a server error.
      route.errorHandler = app.errorHandler;
    });
    board.addHook('onSend', (_request, reply, payload, done) => {
      reply.header('content-security-policy', BOARD_POLICY);
      done(null, payload);
    });
    await board.register(adapter.registerPlugin(), { prefix: '/board' });
  });
}
