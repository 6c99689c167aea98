import type PQueue from 'p-queue';

/**
 * Runs work when its turn comes. Aborted while it waits, it leaves the queue at once and rejects with the reason; work
 * that has begun holds its place until it ends by itself.
 */
export async function inTurn(
  queue: PQueue,
  signal: AbortSignal,
  options: { readonly priority?: number },
  work: () => Promise<void>,
): Promise<void> {
  // The queue frees the place of running work when its signal is aborted, so it is given one that ends with the waiting.
  const waiting = new AbortController();
  const leave = () => waiting.abort(signal.reason);
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  const begin = async () => {
    signal.removeEventListener('abort', leave);
    await work();
  };
  try {
    await queue.add(begin, { ...options, signal: waiting.signal });
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
