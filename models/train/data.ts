import { createHash } from 'node:crypto';
import { EarsightError } from '../../core/errors.js';
import { bytesOf } from '../graph/dtype.js';
import { Random } from './random.js';

/** One input of a batch; the type of the array determines the element type. */
export interface Feed {
  readonly data: Float32Array | Int32Array | BigInt64Array;
  readonly dims: readonly number[];
}

export type Batch = Readonly<Record<string, Feed>>;

export interface TrainingData {
  /** Identifies what the batches are drawn from, for example a SHA-256; it is written into checkpoint and model card. */
  readonly hash: string;
  /**
   * Returns the batch of a step. It must be a pure function of its arguments, so that a resumed run draws the same batches as
   * an uninterrupted one. A promise is allowed for examples that are still being made.
   */
  batch(step: number, random: Random): Batch | Promise<Batch>;
  /** The same batches as rows of arrays that fit on a device; a step then sends only the row numbers. */
  readonly resident?: ResidentData;
  /** The batches on which the metrics are computed. */
  validation?(): readonly Batch[];
}

export interface ResidentData {
  /** Float32 arrays of the same length along the first axis. */
  readonly arrays: Batch;
  /** Returns the rows of the batch of a step; a pure function of `step`. */
  rows(step: number): Int32Array;
}

/** Arrays of up to this many bytes each are kept on the device; a GPU binds at most 2 GiB at once, often less. */
const RESIDENT_BYTES = 2 ** 30;

export interface ArrayDataOptions {
  readonly batchSize: number;
  readonly seed: number;
  readonly validation?: readonly Batch[];
}

/**
 * Batches of arrays whose first axis counts samples, reshuffled every epoch.
 * @throws EARSIGHT_TRAIN_DATA for arrays that do not match their dims, or that hold fewer samples than a batch
 */
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
    if (shuffled.epoch !== epoch) shuffled = { epoch, order: new Random(seed, epoch).permutation(count) };
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
    // Both arrays have the same type; the compiler knows only the union.
    (picked as Float32Array).set(data.subarray(row * width, (row + 1) * width) as Float32Array, at * width);
  });
  return { data: picked, dims: [rows.length, ...dims.slice(1)] };
}

function hashOf(arrays: Batch): string {
  const hash = createHash('sha256');
  for (const [name, { data, dims }] of Object.entries(arrays).sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${name} ${data.constructor.name} ${dims.join()}\n`).update(bytesOf(data));
  return hash.digest('hex');
}
