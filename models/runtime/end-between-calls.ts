import type { Worker } from 'node:worker_threads';

/** Shared with a thread: 1 once it shall begin nothing more. */
export function newEnding(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

/**
 * Ends a thread after the call of the runtime it is in, if any: ended within one, its binding takes the whole process
 * down. Whatever else was sent is not begun.
 * @param gone settles when the thread is gone
 * @param limitMs a thread that is not gone by then hangs, and is ended wherever it is
 */
export async function endBetweenCalls(
  worker: Worker,
  ending: Int32Array,
  gone: Promise<unknown>,
  limitMs: number,
): Promise<void> {
  Atomics.store(ending, 0, 1);
  // One that waits for something to do looks at the flag.
  worker.postMessage({ type: 'end' });
  const hopeless = setTimeout(() => void worker.terminate(), limitMs);
  await gone;
  clearTimeout(hopeless);
}

/** In the thread, before each call. */
export function exitIfEnding(ending: Int32Array): void {
  if (Atomics.load(ending, 0) === 1) process.exit(0);
}
