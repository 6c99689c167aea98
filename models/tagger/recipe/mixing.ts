import type { Worker } from 'node:worker_threads';
import { EarsightError } from '../../../core/errors.js';
import { entryUrl, startThread } from '../../../core/processes/entry.js';
import type { Collection } from './collection.js';
import type { Examples } from './examples.js';
import type { MixingAnswer, MixingJob, MixingSetup } from './mixing-protocol.js';

/** Examples of a shard: few enough that a thread answers every few seconds. */
export const SHARD = 128;

export interface MixingOptions {
  readonly pack: string;
  readonly seed: number;
  readonly shards: number;
  readonly threads: number;
}

/** Shards of mixtures that threads draw, in order, while the first are already learned from. */
export interface Mixing {
  /** Shard n is the same however many threads there are. @throws EARSIGHT_MODEL_FAILED when a thread failed */
  shard(index: number): Promise<Examples>;
  close(): Promise<void>;
}

export function startMixing(collection: Collection, options: MixingOptions): Mixing {
  const { recordings, samples } = collection;
  const { pack, seed, shards, threads } = options;
  if (!(samples.buffer instanceof SharedArrayBuffer))
    throw new EarsightError('EARSIGHT_BUG', { reason: 'a collection lies on a SharedArrayBuffer' });
  const setup: MixingSetup = { recordings, pack, seed, samples: samples.buffer };
  const slots = Array.from({ length: shards }, newSlot);
  let next = 0;
  let closed = false;
  const work = async (worker: Worker): Promise<void> => {
    for (let index = next++; index < shards; index = next++)
      slots[index]?.resolve(await mixed(worker, { first: index * SHARD, count: SHARD }));
  };
  const workers = Array.from({ length: Math.min(threads, shards) }, () => {
    const worker = startThread(entryUrl('./mixing-worker', import.meta.url), setup);
    void work(worker).catch((error: unknown) => {
      if (!closed) for (const slot of slots) slot.reject(error);
    });
    return worker;
  });
  return {
    shard: (index) => slots[index]?.promise ?? Promise.reject(new RangeError(`no shard ${index}`)),
    close: async () => {
      closed = true;
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

interface Slot {
  readonly promise: Promise<Examples>;
  readonly resolve: (examples: Examples) => void;
  readonly reject: (reason: unknown) => void;
}

function newSlot(): Slot {
  let [resolve, reject]: [Slot['resolve'], Slot['reject']] = [() => undefined, () => undefined];
  const promise = new Promise<Examples>((settle, fail) => {
    resolve = settle;
    reject = fail;
  });
  // Whoever asks for the shard hears of the failure.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

function mixed(worker: Worker, job: MixingJob): Promise<Examples> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void =>
      reject(new EarsightError('EARSIGHT_MODEL_FAILED', { model: 'teacher', reason }));
    worker.removeAllListeners('message').removeAllListeners('error');
    worker.on('error', (error: unknown) => fail(error instanceof Error ? error.message : String(error)));
    worker.on('message', (answer: MixingAnswer) => {
      if ('failed' in answer) fail(answer.failed);
      else resolve(answer);
    });
    worker.postMessage(job);
  });
}
