import type { RowRange } from './row-range.js';

/**
 * Runs `work` for every item, at most `limit` items at a time, so that a batcher always has items to batch and memory stays
 * bounded. After the first failure no further item is started. The failure is thrown when all running items have ended,
 * so no work outlives the call.
 */
export async function runConcurrently<T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  for (const item of items) {
    if (failures.length > 0 || signal.aborted) break;
    const task: Promise<void> = work(item)
      .catch((thrown: unknown) => {
        failures.push(thrown);
      })
      .finally(() => running.delete(task));
    running.add(task);
    if (running.size >= limit) await Promise.race(running);
  }
  await Promise.all(running);
  if (failures.length > 0) throw failures[0];
  signal.throwIfAborted();
}

/** Divides a range into ranges of `size` rows; the last one may be shorter. */
export function* chunks(range: RowRange, size: number): Generator<RowRange> {
  for (let { first } = range; first < range.end; first += size) yield { first, end: Math.min(first + size, range.end) };
}
