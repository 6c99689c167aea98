import { EarsightError } from '../../core/errors.js';
import { elementsIn, newElements, type Block, type BlockShape, type Elements, type Result } from './model-spec.js';

/** One caller's request: `count` items, some waiting, some in batches under way. */
interface Call {
  readonly blocks: readonly Block[];
  readonly count: number;
  /** Items taken into batches so far. */
  taken: number;
  /** Items whose results have arrived. */
  done: number;
  settled: boolean;
  results: Result[] | null;
  readonly enqueuedAt: number;
  readonly resolve: (results: readonly Result[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Rows `from … from + count − 1` of a call, at row `at` of a batch: the identity that rides with every item. */
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

/** Buffers kept for the next batches: as many as threads hold at once; more would only be memory. */
const KEPT_BUFFERS = 4;

/** The waiting items of one model and one item shape, first come, first served; fills batches across callers. */
export class BatchQueue {
  private readonly calls: Call[] = [];
  /** Parts of a batch that failed as a whole: each is tried once more without its neighbours. */
  private readonly retries: Part[] = [];
  private readonly pooledBuffers: ArrayBuffer[][];
  /** Items not yet in a batch. */
  waiting = 0;

  constructor(
    private readonly shapes: readonly BlockShape[],
    readonly maxBatch: number,
  ) {
    this.pooledBuffers = shapes.map(() => []);
  }

  /** When the oldest waiting item came, in the time of performance.now(); Infinity when none waits. */
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

  /** The next batch, or null when nothing waits. */
  take(): Batch | null {
    const parts: Part[] = [];
    let room = this.maxBatch;
    const suspect = this.retries.shift();
    if (suspect) {
      parts.push({ ...suspect, at: 0 });
      room = 0;
      this.waiting -= suspect.count;
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

  /** The network refused the batch: with several callers in it, only the guilty one may lose. */
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

  /** Rejects every caller that has an item in this batch. */
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

  /** Its waiting items leave the queue; what is under way is thrown away when it arrives. */
  private reject(call: Call, error: EarsightError): void {
    if (call.settled) return;
    const index = this.calls.indexOf(call);
    if (index >= 0) {
      this.calls.splice(index, 1);
      this.waiting -= call.count - call.taken;
    }
    for (let place = this.retries.length - 1; place >= 0; place--) {
      const suspect = this.retries[place];
      if (suspect?.call !== call) continue;
      this.retries.splice(place, 1);
      this.waiting -= suspect.count;
    }
    call.reject(error);
  }

  /** Copies the items into one transferable buffer a block: the caller keeps its own, which other encoders read too. */
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

/** The types agree: a queue holds one shape. */
function copy(source: Elements, target: Elements, at: number): void {
  if (source instanceof BigInt64Array) {
    if (target instanceof BigInt64Array) target.set(source, at);
  } else if (!(target instanceof BigInt64Array)) target.set(source, at);
}
