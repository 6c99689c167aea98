import { InferenceSession, type Tensor as OrtTensor } from 'onnxruntime-node';
import { add, Graph, reduceSum, reshape, serialise, slice, type Tensor } from '../../models/graph/index.js';
import type { Device } from '../../models/runtime/devices.js';
import { sessionOptions } from '../../models/runtime/session-options.js';
import { makeOnDevice, type InputType } from './device-inputs.js';

export interface Timing {
  /** Time per run in a series of runs of which only the last result is awaited. */
  readonly runMs: number;
  /** Time of a run whose result is read before the next one starts. */
  readonly latencyMs: number;
  /** Session creation and first run (shader compilation). */
  readonly startMs: number;
  readonly runs: number;
}

/** A graph and its output, [B, T, w]. */
export interface Timed {
  readonly graph: Graph;
  readonly output: Tensor;
}

/** Time budget per graph: enough for a stable figure without making the whole measurement too long. */
const BUDGET_MS = 1000;
const MOST_RUNS = 100;
/** Number of rounds when several graphs are timed in alternation; the median removes disturbances. */
const ROUNDS = 7;

type Inputs = Readonly<Record<string, InputType>>;

/** Times a graph on inputs that are already on the device. */
export async function timeGraph(device: Device, inputs: Inputs, timed: Timed): Promise<Timing> {
  const before = performance.now();
  const made = await makeOnDevice(device, inputs);
  const runner = await Runner.open(device, timed, made.feeds);
  await runner.once();
  const startMs = performance.now() - before;
  const first = await elapsedMs(() => runner.once());
  const runs = Math.max(3, Math.min(MOST_RUNS, Math.floor(BUDGET_MS / Math.max(first, 1))));
  const latencies: number[] = [];
  for (let i = 0; i < runs; i++) latencies.push(await elapsedMs(() => runner.once()));
  const runMs = (await elapsedMs(() => runner.many(runs))) / runs;
  await runner.release();
  await made.release();
  return { runMs, latencyMs: median(latencies), startMs, runs };
}

/** Times several graphs in alternation on the same inputs. Returns milliseconds per run; `budgetMs` is per graph. */
export async function timeSideBySide(
  device: Device,
  inputs: Inputs,
  graphs: readonly Timed[],
  budgetMs: number,
): Promise<readonly number[]> {
  const made = await makeOnDevice(device, inputs);
  const runners: { readonly runner: Runner; readonly runs: number; readonly times: number[] }[] = [];
  for (const timed of graphs) {
    const runner = await Runner.open(device, timed, made.feeds);
    await runner.many(2);
    const estimate = (await elapsedMs(() => runner.many(3))) / 3;
    const runs = Math.max(1, Math.min(MOST_RUNS, Math.floor(budgetMs / ROUNDS / estimate)));
    runners.push({ runner, runs, times: [] });
  }
  for (let round = 0; round < ROUNDS; round++)
    for (const { runner, runs, times } of runners) times.push((await elapsedMs(() => runner.many(runs))) / runs);
  for (const { runner } of runners) await runner.release();
  await made.release();
  return runners.map(({ times }) => median(times));
}

/**
 * Runs one graph. Its result stays on the device. Only a sum over the last step, which depends on everything before it,
 * is read back, through a second network; reading it waits until the device has finished.
 */
class Runner {
  private constructor(
    private readonly session: InferenceSession,
    private readonly reader: InferenceSession,
    private readonly feeds: Record<string, OrtTensor>,
  ) {}

  static async open(device: Device, { graph, output }: Timed, feeds: Record<string, OrtTensor>): Promise<Runner> {
    graph.output('o', output);
    graph.output('reading', reshape(reduceSum(slice(output, 1, -1)), [1]));
    const session = await InferenceSession.create(serialise(graph), {
      ...sessionOptions({ device, intraOpThreads: 0, wholeOnDevice: false, fixedShapes: true }),
      preferredOutputLocation: device === 'webgpu' ? 'gpu-buffer' : 'cpu',
    });
    const wanted = new Set(session.inputNames);
    const own = Object.fromEntries(Object.entries(feeds).filter(([name]) => wanted.has(name)));
    return new Runner(session, await openReader(device), own);
  }

  async once(): Promise<void> {
    const reading = await this.run();
    const { value } = await this.reader.run({ reading });
    reading.dispose();
    if (!Number.isFinite(Number(value?.data[0]))) throw new RangeError('the result is not finite');
  }

  async many(runs: number): Promise<void> {
    for (let i = 1; i < runs; i++) (await this.run()).dispose();
    // A device processes its queue in order: the last result is available after all others.
    await this.once();
  }

  async release(): Promise<void> {
    await this.session.release();
    await this.reader.release();
  }

  /** Runs the graph once and returns the sum to be read, which is still on the device. */
  private async run(): Promise<OrtTensor> {
    const { o, reading } = await this.session.run(this.feeds);
    o?.dispose();
    if (reading === undefined) throw new TypeError('no reading');
    return reading;
  }
}

/**
 * A network that copies a value from the device to the cpu; calling `getData` on the device tensor ends the process.
 */
function openReader(device: Device): Promise<InferenceSession> {
  const graph = new Graph({ name: 'reader' });
  graph.output('value', add(graph.input('reading', 'float32', [1]), 0));
  const setup = { device, intraOpThreads: 1, wholeOnDevice: false, fixedShapes: true };
  return InferenceSession.create(serialise(graph), sessionOptions(setup));
}

async function elapsedMs(work: () => Promise<void>): Promise<number> {
  const before = performance.now();
  await work();
  return performance.now() - before;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
