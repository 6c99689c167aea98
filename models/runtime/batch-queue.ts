import { EarsightError } from '../../core/errors.js';
import { elementsIn, newElements, type Block, type BlockShape, type Elements, type Result } from './model-spec.js';

/** One caller's request for `count` items. Some of them wait, others are in batches that a thread works on. */
interface Call {
  readonly blocks: readonly Block[];
  readonly count: number;
  /** Number of items that are in batches so far. */
  taken: number;
  /** Number of items whose results have arrived. */
  done: number;
  settled: boolean;
  results: Result[] | null;
  readonly enqueuedAt: number;
  readonly resolve: (results: readonly Result[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Items `from … from + count − 1` of a call, which are rows `at … at + count − 1` of a batch. */
interface Part {
  readonly call: Call;
  readonly from: number;
  readonly count: number;
  readonly at: number;
}

export interface Batch {
  readonly parts: readonly Part[];
  readonly count: number;
  readonly blocks: readonly (BlockShape & { readonly buffer: ArrayBuffer })[];
}

/** Buffers that are kept for the next batches: as many as threads hold at once. More would only take memory. */
const KEPT_BUFFERS = 4;

/** A FIFO queue of the items of one model and one item shape. A batch takes items of several callers. */
export class BatchQueue {
  private readonly calls: Call[] = [];
  /** Parts of batches that failed as a whole. Each part is tried once more, alone. */
  private readonly retries: Part[] = [];
  private readonly pooledBuffers: ArrayBuffer[][];
  /** Number of items that are not in a batch yet. */
  waiting = 0;

  constructor(
    private readonly shapes: readonly BlockShape[],
    readonly maxBatch: number,
  ) {
    this.pooledBuffers = shapes.map(() => []);
  }

  /** When the oldest waiting item arrived, in the time of performance.now(); Infinity when none waits. */
  get oldest(): number {
    return this.retries.length > 0 ? 0 : (this.calls[0]?.enqueuedAt ?? Infinity);
  }

  push(blocks: readonly Block[], count: number, signal: AbortSignal | undefined): Promise<readonly Result[]> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => this.cancel(call);
      const finish = (settle: () => void): void => {
        call.settled = true;
        signal?.removeEventListener('abort', onAbort);
        settle();
      };
      const call: Call = {
        blocks,
        count,
        taken: 0,
        done: 0,
        settled: false,
        results: null,
        enqueuedAt: performance.now(),
        resolve: (results) => finish(() => resolve(results)),
        reject: (error) => finish(() => reject(error instanceof Error ? error : new Error(String(error)))),
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.calls.push(call);
      this.waiting += count;
    });
  }

  /** Takes the next batch off the queue; null when nothing waits. */
  take(): Batch | null {
    const parts: Part[] = [];
    let room = this.maxBatch;
    const retry = this.retries.shift();
    if (retry) {
      parts.push({ ...retry, at: 0 });
      room = 0;
      this.waiting -= retry.count;
    }
    while (room > 0) {
      const call = this.calls[0];
      if (!call) break;
      const count = Math.min(room, call.count - call.taken);
      parts.push({ call, from: call.taken, count, at: this.maxBatch - room });
      call.taken += count;
      room -= count;
      this.waiting -= count;
      if (call.taken === call.count) this.calls.shift();
    }
    const count = parts.reduce((sum, part) => sum + part.count, 0);
    return count === 0 ? null : { parts, count, blocks: this.fill(parts) };
  }

  complete(batch: Batch, results: readonly Result[], buffers: readonly ArrayBuffer[]): void {
    this.recycle(buffers);
    for (const { call, from, count, at } of batch.parts) {
      if (call.settled) continue;
      call.results ??= results.map(({ name, dims }) => ({
        name,
        dims: [call.count, ...dims],
        data: new Float32Array(call.count * elementsIn(dims)),
      }));
      results.forEach(({ dims, data }, index) => {
        const size = elementsIn(dims);
        call.results?.[index]?.data.set(data.subarray(at * size, (at + count) * size), from * size);
      });
      call.done += count;
      if (call.done === call.count) call.resolve(call.results);
    }
  }

  /**
   * The network refused the batch. The call fails if it is alone in the batch; otherwise each part is tried again alone, so
   * that only the call with the bad item fails.
   */
  retryOrFail(batch: Batch, error: EarsightError, buffers: readonly ArrayBuffer[]): void {
    this.recycle(buffers);
    if (batch.parts.length === 1) {
      this.fail(batch, error);
      return;
    }
    for (const part of batch.parts)
      if (!part.call.settled) {
        this.retries.push(part);
        this.waiting += part.count;
      }
  }

  /** Rejects every call that has an item in this batch. */
  fail(batch: Batch, error: EarsightError): void {
    for (const { call } of batch.parts) this.reject(call, error);
  }

  rejectAll(error: EarsightError): void {
    for (const { call } of [...this.retries]) this.reject(call, error);
    for (const call of [...this.calls]) this.reject(call, error);
  }

  private cancel(call: Call): void {
    this.reject(call, new EarsightError('EARSIGHT_CANCELLED'));
  }

  /** Rejects a call and removes its waiting items. Results of its items in flight are ignored when they arrive. */
  private reject(call: Call, error: EarsightError): void {
    if (call.settled) return;
    const index = this.calls.indexOf(call);
    if (index >= 0) {
      this.calls.splice(index, 1);
      this.waiting -= call.count - call.taken;
    }
    for (let place = this.retries.length - 1; place >= 0; place--) {
      const retry = this.retries[place];
      if (retry?.call !== call) continue;
      this.retries.splice(place, 1);
      this.waiting -= retry.count;
    }
    call.reject(error);
  }

  /** Copies the items into one transferable buffer per block. Callers keep their own buffers, which other encoders read. */
  private fill(parts: readonly Part[]): Batch['blocks'] {
    return this.shapes.map((shape, index) => {
      const size = elementsIn(shape.dims);
      const whole = this.pooledBuffers[index]?.pop();
      const target = whole ? viewAs(shape, whole) : newElements(shape.type, size * this.maxBatch);
      for (const { call, from, count: items, at } of parts) {
        const source = call.blocks[index]?.data;
        if (source) copy(source.subarray(from * size, (from + items) * size), target, at * size);
      }
      const { buffer } = target;
      if (!(buffer instanceof ArrayBuffer))
        throw new EarsightError('EARSIGHT_BUG', { reason: 'a shared batch buffer' });
      return { ...shape, buffer };
    });
  }

  private recycle(buffers: readonly ArrayBuffer[]): void {
    buffers.forEach((buffer, index) => {
      const spare = this.pooledBuffers[index];
      if (spare && spare.length < KEPT_BUFFERS) spare.push(buffer);
    });
  }
}

function viewAs({ type }: BlockShape, buffer: ArrayBuffer): Elements {
  switch (type) {
    case 'float32':
      return new Float32Array(buffer);
    case 'uint8':
      return new Uint8Array(buffer);
    case 'int32':
      return new Int32Array(buffer);
    case 'int64':
      return new BigInt64Array(buffer);
  }
}

/** Source and target have the same type, because a queue holds one shape. */
function copy(source: Elements, target: Elements, at: number): void {
  if (source instanceof BigInt64Array) {
    if (target instanceof BigInt64Array) target.set(source, at);
  } else if (!(target instanceof BigInt64Array)) target.set(source, at);
}
