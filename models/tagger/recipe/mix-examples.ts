import type { Worker } from 'node:worker_threads';
import { EarsightError } from '../../../pipeline/errors.js';
import { entryUrl, startThread } from '../../runtime/entry.js';
import type { Collection } from './collection.js';
import type { Examples } from './examples.js';
import type { MixingAnswer, MixingJob, MixingSetup } from './mixing-protocol.js';

/** Examples of a job: few enough that all threads end together. */
export const SHARD = 128;

export interface MixingOptions {
  readonly pack: string;
  readonly seed: number;
  readonly shards: number;
  readonly threads: number;
  readonly onShard?: (done: number) => void;
}

/** Shards of mixtures, drawn in threads; shard n is the same however many threads there are. */
export async function mixExamples(collection: Collection, options: MixingOptions): Promise<Examples[]> {
  const { recordings, samples } = collection;
  const setup: MixingSetup = {
    ...{ recordings, pack: options.pack, seed: options.seed },
    samples: samples.buffer as unknown as SharedArrayBuffer,
  };
  const shards: Examples[] = [];
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    const thread = startThread(entryUrl('./mixing-worker', import.meta.url), setup);
    try {
      for (let shard = next++; shard < options.shards; shard = next++) {
        shards[shard] = await mixed(thread, { first: shard * SHARD, count: SHARD });
        options.onShard?.(++done);
      }
    } finally {
      await thread.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.threads, options.shards) }, work));
  return shards;
}

function mixed(thread: Worker, job: MixingJob): Promise<Examples> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => reject(new EarsightError('EARSIGHT_MODEL_FAILED', { model: 'teacher', reason }));
    thread.removeAllListeners('message').removeAllListeners('error');
    thread.on('error', (error: unknown) => fail(error instanceof Error ? error.message : String(error)));
    thread.on('message', (answer: MixingAnswer) => {
      if ('failed' in answer) fail(answer.failed);
      else resolve(answer);
    });
    thread.postMessage(job);
  });
}
