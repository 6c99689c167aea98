import type { FastifyReply } from 'fastify';

/** Aborted when the answer is out or the connection is gone: nobody waits any more. */
export function connectionSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  if (reply.raw.closed) controller.abort();
  else reply.raw.once('close', () => controller.abort());
  return controller.signal;
}
