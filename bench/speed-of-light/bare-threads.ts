import type { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { entryUrl, startThread } from '../../core/processes/entry.js';

export interface BareInput {
  readonly input: string;
  readonly dims: readonly number[];
  readonly items: number;
}

const threads: Worker[] = [];

/** Total items per second of `count` bare sessions that run concurrently, each in its own thread. */
export async function bareRate(path: string, input: BareInput, count: number, limitMs: number): Promise<number> {
  while (threads.length < count)
    threads.push(startThread(entryUrl('./bare-session', import.meta.url), { cores: count }));
  const rates = threads.slice(0, count).map(async (thread) => {
    const message = once(thread, 'message');
    thread.postMessage({ path, ...input, limitMs });
    const [rate] = (await message) as [number];
    return rate;
  });
  return (await Promise.all(rates)).reduce((sum, rate) => sum + rate, 0);
}

export async function stopBareThreads(): Promise<void> {
  await Promise.all(threads.map((thread) => thread.terminate()));
}
