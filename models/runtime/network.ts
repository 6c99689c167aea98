import { InferenceSession } from 'onnxruntime-node';
import { finishRows, floatsOf } from './finish/finish-rows.js';
import {
  elementsIn,
  newElements,
  type BlockShape,
  type Elements,
  type ModelReport,
  type ModelSpec,
  type Result,
} from './model-spec.js';
import { preparationFor, type Prepare } from './prepare/preparation.js';
import { sessionOptions } from './session-options.js';
import { SoundRunner } from './sound-runner.js';
import { SpeechRunner } from './speech/speech-runner.js';
import { StreamRunner } from './stream-runner.js';
import type { BatchTimes, ThreadSetup } from './thread-protocol.js';

type Buffered = BlockShape & { readonly buffer: ArrayBuffer };

/** A warm session with the preparation of its inputs and the conversion of its outputs. It lives in an inference thread. */
export class Network {
  private readonly prepare: Prepare | null;
  private readonly runner: SoundRunner | StreamRunner | SpeechRunner | null;

  private constructor(
    private readonly spec: ModelSpec,
    private readonly session: InferenceSession,
    readonly report: ModelReport,
    decoder: InferenceSession | null,
  ) {
    const { preparation } = spec;
    if (preparation.kind === 'stream') this.runner = new StreamRunner(preparation, spec, session);
    else if (preparation.kind === 'sound') this.runner = new SoundRunner(preparation, spec, session);
    else if (preparation.kind === 'speech' && decoder !== null)
      this.runner = new SpeechRunner(preparation, spec, session, decoder);
    else this.runner = null;
    this.prepare =
      preparation.kind === 'frames' || preparation.kind === 'tensors'
        ? preparationFor(preparation, session.inputNames)
        : null;
  }

  /** Creates the session and runs it once on every warm-up shape: the first run allocates memory, and compiles on a GPU. */
  static async open(spec: ModelSpec, setup: ThreadSetup): Promise<Network> {
    const { session, placement } = await createSession(spec.path, setup);
    let decoder: InferenceSession | null = null;
    try {
      const absent = spec.outputs.filter((name) => !session.outputNames.includes(name));
      if (absent.length > 0)
        throw new Error(`it has no output ${absent.join(', ')}, only ${session.outputNames.join(', ')}`);
      const report = { model: spec.name, device: setup.device, placement, inputNames: session.inputNames };
      if (spec.preparation.kind === 'speech')
        decoder = (await createSession(spec.preparation.decoderPath, setup)).session;
      const network = new Network(spec, session, report, decoder);
      for (const shapes of spec.warmUp) {
        const blocks = shapes.map(({ type, dims, data }) => ({ type, dims, buffer: warmUpBuffer(type, dims, data) }));
        await network.run(blocks, 1);
      }
      return network;
    } catch (error) {
      await session.release();
      await decoder?.release();
      throw error;
    }
  }

  /** Frees the session and its memory on the device. */
  async close(): Promise<void> {
    await this.session.release();
    if (this.runner instanceof SpeechRunner) await this.runner.close();
  }

  /** @param blocks hold `count` items each. @returns results of shape [count, …] */
  async run(blocks: readonly Buffered[], count: number): Promise<{ results: readonly Result[]; times: BatchTimes }> {
    const views = blocks.map((block) => viewOf(block, count));
    if (this.runner) return this.runner.run(views, count);
    if (!this.spec.singly || count === 1) return this.runOnce(views, blocks, count);
    return this.runSingly(views, blocks, count);
  }

  private async runOnce(views: readonly Elements[], shapes: readonly BlockShape[], count: number) {
    const start = performance.now();
    const feeds = this.prepare ? this.prepare(views, shapes, count) : {};
    const prepared = performance.now();
    const outputs = await this.session.run(feeds, [...this.spec.outputs]);
    const ran = performance.now();
    const results = this.spec.outputs.map((name, index) => {
      const { data, dims } = floatsOf(outputs[name], name, count);
      if (index > 0 || this.spec.finish.kind === 'none')
        return { name, dims: dims.slice(1), data: Float32Array.from(data) };
      return { name, ...finishRows(this.spec.finish, data, dims, count) };
    });
    const times = { prepareMs: prepared - start, runMs: ran - prepared, finishMs: performance.now() - ran };
    return { results, times };
  }

  private async runSingly(views: readonly Elements[], shapes: readonly BlockShape[], count: number) {
    const parts: Result[][] = [];
    const total = { prepareMs: 0, runMs: 0, finishMs: 0 };
    for (let item = 0; item < count; item++) {
      const slices = views.map((view, index) => {
        const size = elementsIn(shapes[index]?.dims ?? []);
        return view.subarray(item * size, (item + 1) * size);
      });
      const { results, times } = await this.runOnce(slices, shapes, 1);
      parts.push(results);
      total.prepareMs += times.prepareMs;
      total.runMs += times.runMs;
      total.finishMs += times.finishMs;
    }
    return { results: joinRows(parts), times: total };
  }
}

/**
 * Creates a session that has every node on the device if that is possible, and else one with some nodes on the cpu, which
 * is reported as `mixed`.
 */
async function createSession(
  path: string,
  setup: ThreadSetup,
): Promise<{ session: InferenceSession; placement: ModelReport['placement'] }> {
  const { device, intraOpThreads } = setup;
  const create = (wholeOnDevice: boolean): Promise<InferenceSession> =>
    InferenceSession.create(path, sessionOptions({ device, intraOpThreads, wholeOnDevice }));
  if (device === 'cpu') return { session: await create(false), placement: 'all' };
  try {
    return { session: await create(true), placement: 'all' };
  } catch {
    return { session: await create(false), placement: 'mixed' };
  }
}

function joinRows(parts: readonly (readonly Result[])[]): Result[] {
  return (parts[0] ?? []).map((first, index) => {
    const data = new Float32Array(first.data.length * parts.length);
    parts.forEach((part, row) => data.set(part[index]?.data ?? [], row * first.data.length));
    return { name: first.name, dims: first.dims, data };
  });
}

function warmUpBuffer(type: BlockShape['type'], dims: readonly number[], data: readonly number[] = []): ArrayBuffer {
  const elements = newElements(type, elementsIn(dims));
  if (!(elements instanceof BigInt64Array)) elements.set(data);
  if (elements.buffer instanceof ArrayBuffer) return elements.buffer;
  throw new Error('typed arrays of our own have an ArrayBuffer');
}

function viewOf({ type, dims, buffer }: Buffered, count: number): Elements {
  const length = elementsIn(dims) * count;
  switch (type) {
    case 'float32':
      return new Float32Array(buffer, 0, length);
    case 'uint8':
      return new Uint8Array(buffer, 0, length);
    case 'int32':
      return new Int32Array(buffer, 0, length);
    case 'int64':
      return new BigInt64Array(buffer, 0, length);
  }
}
