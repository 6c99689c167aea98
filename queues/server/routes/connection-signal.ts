import type { FastifyRequest } from 'fastify';

/** Aborted when the connection is gone before it was answered: nobody waits any more. */
export function connectionSignal(request: FastifyRequest): AbortSignal {
  const controller = new AbortController();
  const { socket } = request.raw;
  if (socket.destroyed) controller.abort();
  else {
    const abort = () => controller.abort();
    socket.once('close', abort);
    // A kept connection carries many requests.
    controller.signal.addEventListener('abort', () => socket.off('close', abort), { once: true });
  }
  return controller.signal;
}
