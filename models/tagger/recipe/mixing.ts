import { EarsightError } from '../../../core/errors.js';
import { entryUrl } from '../../../core/processes/entry.js';
import { ThreadClient } from '../../../core/processes/thread-client.js';
import type { Collection } from './collection.js';
import type { Examples } from './examples.js';
import type { MixingAnswer, MixingJob, MixingSetup } from './mixing-protocol.js';

/** Examples of a shard: few enough that a thread answers every few seconds. */
export const SHARD = 128;

/** A thread stops between two runs of the teacher, each of which takes less than a second: one that takes longer hangs. */
const CLOSE_LIMIT_MS = 30_000;

export interface MixingOptions {
  readonly pack: string;
  /** The teacher's logit from which each class counts as present. */
  readonly presentFrom: readonly number[];
  readonly seed: number;
  readonly shards: number;
  readonly threads: number;
}

/** Shards of mixtures that threads draw in order, while training already uses the first ones. */
export interface Mixing {
  /** Shard n is the same for any number of threads. @throws EARSIGHT_MODEL_FAILED when a thread failed */
  shard(index: number): Promise<Examples>;
  close(): Promise<void>;
}

export function startMixing(collection: Collection, options: MixingOptions): Mixing {
  const { recordings, samples } = collection;
  const { pack, presentFrom, seed, shards, threads } = options;
  if (!(samples.buffer instanceof SharedArrayBuffer))
    throw new EarsightError('EARSIGHT_BUG', { reason: 'a collection lies on a SharedArrayBuffer' });
  const setup: MixingSetup = { recordings, pack, presentFrom, seed, samples: samples.buffer };
  const slots = Array.from({ length: shards }, newSlot);
  let next = 0;
  const work = async (client: ThreadClient<MixingJob, MixingAnswer>): Promise<void> => {
    for (let index = next++; index < shards; index = next++) {
      const { examples } = await client.ask('mixed', { first: index * SHARD, count: SHARD });
      slots[index]?.resolve(examples);
    }
  };
  const clients = Array.from({ length: Math.min(threads, shards) }, () => {
    const client = new ThreadClient<MixingJob, MixingAnswer>(entryUrl('./mixing-worker', import.meta.url), setup, {
      failed: ({ reason }) => failed(reason),
      died: (cause, exitCode) =>
        failed(cause instanceof Error ? cause.message : `the mixing thread ended with ${exitCode}`),
    });
    void work(client).catch((error: unknown) => {
      for (const slot of slots) slot.reject(error);
    });
    return client;
  });
  return {
    shard: (index) => slots[index]?.promise ?? Promise.reject(new RangeError(`no shard ${index}`)),
    close: async () => {
      await Promise.all(clients.map((client) => client.close(CLOSE_LIMIT_MS)));
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
  // The caller of `shard` sees the failure; a shard that is never asked for must not end the process.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

function failed(reason: string): EarsightError {
  return new EarsightError('EARSIGHT_MODEL_FAILED', { model: 'teacher', reason });
}
