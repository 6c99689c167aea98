import { createHash } from 'node:crypto';
import { EarsightError } from '../../core/errors.js';
import { bytesOf } from '../graph/dtype.js';
import { Random as Stream, type Random } from './random.js';

/** One input of a batch; the element type follows from the array. */
export interface Feed {
  readonly data: Float32Array | Int32Array | BigInt64Array;
  readonly dims: readonly number[];
}

export type Batch = Readonly<Record<string, Feed>>;

export interface TrainingData {
  /** SHA-256 of what the batches are drawn from: goes into the model card. */
  readonly hash: string;
  /**
   * The batch of step `step`, a pure function of its arguments: a resumed run draws what the first would have. A promise
   * where examples are still being made.
   */
  batch(step: number, random: Random): Batch | Promise<Batch>;
  /** The same batches as rows of arrays small enough to be kept on a device: a step then sends their numbers only. */
  readonly resident?: ResidentData;
  /** The batches that metrics are taken on. */
  validation?(): readonly Batch[];
}

export interface ResidentData {
  /** Of one length along the first axis; float32. */
  readonly arrays: Batch;
  /** The rows of step `step`'s batch, a pure function of it. */
  rows(step: number): Int32Array;
}

/** Arrays up to this many bytes each are kept on the device: a GPU binds no more than 2 GiB at once, if that. */
const RESIDENT_BYTES = 2 ** 30;

export interface ArrayDataOptions {
  readonly batchSize: number;
  readonly seed: number;
  readonly validation?: readonly Batch[];
}

/** Batches of whole arrays whose first axis counts samples, reshuffled every epoch. */
export function arrayData(arrays: Batch, { batchSize, seed, validation }: ArrayDataOptions): TrainingData {
  const counts = new Set(Object.values(arrays).map(({ dims }) => dims[0] ?? 0));
  const [count = 0] = counts;
  for (const [name, { data: values, dims }] of Object.entries(arrays))
    if (dims.reduce((product, dim) => product * dim, 1) !== values.length)
      throw new EarsightError('EARSIGHT_TRAIN_DATA', {
        reason: `${name}: ${values.length} numbers do not fill [${dims.join(', ')}]`,
      });
  if (counts.size !== 1 || count < batchSize || !(Number.isInteger(batchSize) && batchSize > 0))
    throw new EarsightError('EARSIGHT_TRAIN_DATA', {
      reason: `the arrays hold ${[...counts].join(', ')} samples, a batch takes ${batchSize}`,
    });
  const perEpoch = Math.floor(count / batchSize);
  let shuffled: { epoch: number; order: Uint32Array } = { epoch: -1, order: new Uint32Array() };
  const orderOf = (epoch: number): Uint32Array => {
    if (shuffled.epoch !== epoch) shuffled = { epoch, order: new Stream(seed, epoch).permutation(count) };
    return shuffled.order;
  };
  const rowsOf = (step: number): Uint32Array => {
    const first = (step % perEpoch) * batchSize;
    return orderOf(Math.floor(step / perEpoch)).subarray(first, first + batchSize);
  };
  const resident = Object.values(arrays).every(
    ({ data: values }) => values instanceof Float32Array && values.byteLength <= RESIDENT_BYTES,
  );
  return {
    hash: hashOf(arrays),
    ...(resident ? { resident: { arrays, rows: (step) => Int32Array.from(rowsOf(step)) } } : {}),
    batch: (step) => {
      const rows = rowsOf(step);
      return Object.fromEntries(Object.entries(arrays).map(([name, feed]) => [name, pick(feed, rows)]));
    },
    ...(validation === undefined ? {} : { validation: () => validation }),
  };
}

function pick({ data, dims }: Feed, rows: Uint32Array): Feed {
  const width = dims.slice(1).reduce((a, b) => a * b, 1);
  const picked = data.slice(0, rows.length * width);
  rows.forEach((row, at) => {
    // One typed array into another of its own kind; the compiler sees the union only.
    (picked as Float32Array).set(data.subarray(row * width, (row + 1) * width) as Float32Array, at * width);
  });
  return { data: picked, dims: [rows.length, ...dims.slice(1)] };
}

export function hashOf(arrays: Batch): string {
  const hash = createHash('sha256');
  for (const [name, { data, dims }] of Object.entries(arrays).sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${name} ${data.constructor.name} ${dims.join()}\n`).update(bytesOf(data));
  return hash.digest('hex');
}
