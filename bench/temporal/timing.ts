import { InferenceSession, type Tensor as OrtTensor } from 'onnxruntime-node';
import { add, Graph, reduceSum, reshape, serialise, slice, type Tensor } from '../../models/graph/index.js';
import type { Device } from '../../models/runtime/devices.js';
import { sessionOptions } from '../../models/runtime/session-options.js';
import { makeOnDevice, type InputType } from './device-inputs.js';

export interface Timing {
  /** One run among several that follow each other; the last one's result is waited for. */
  readonly runMs: number;
  /** One run whose result is read before the next begins. */
  readonly latencyMs: number;
  /** Session creation and first run (shader compilation). */
  readonly startMs: number;
  readonly runs: number;
}

/** Enough for a steady figure, and no configuration takes the whole hour. */
const BUDGET_MS = 2000;
const MOST_RUNS = 100;

/**
 * Times a graph of one output `o` [B, T, w] on inputs that are already there. Its result stays there; a sum over its last
 * step is what travels back, read by a second network, and says when the device is done.
 */
export async function timeGraph(
  device: Device,
  graph: Graph,
  inputs: Readonly<Record<string, InputType>>,
  output: Tensor,
  budgetMs = BUDGET_MS,
): Promise<Timing> {
  graph.output('o', output);
  // The last step depends on every chunk before it.
  const lastStep = slice(output, 1, -1);
  graph.output('reading', reshape(reduceSum(lastStep), [1]));
  const before = performance.now();
  const made = await makeOnDevice(device, inputs);
  const session = await InferenceSession.create(serialise(graph), {
    ...sessionOptions({ device, intraOpThreads: 0, wholeOnDevice: false, fixedShapes: true }),
    preferredOutputLocation: device === 'webgpu' ? 'gpu-buffer' : 'cpu',
  });
  const reader = await openReader(device);
  const runOnce = async (): Promise<void> => read(reader, await run(session, made.feeds));
  await runOnce();
  const startMs = performance.now() - before;
  const first = await clock(runOnce);
  const runs = Math.max(3, Math.min(MOST_RUNS, Math.floor(budgetMs / Math.max(first, 1))));
  const runMany = async (): Promise<void> => {
    for (let i = 1; i < runs; i++) (await run(session, made.feeds)).dispose();
    // A device works through its queue in order: the last result comes after all of them.
    await runOnce();
  };
  const latencies: number[] = [];
  for (let i = 0; i < runs; i++) latencies.push(await clock(runOnce));
  const runMs = (await clock(runMany)) / runs;
  await session.release();
  await made.release();
  return { runMs, latencyMs: median(latencies), startMs, runs };
}

/** The reading, still on the device. */
async function run(session: InferenceSession, feeds: Record<string, OrtTensor>): Promise<OrtTensor> {
  const { o, reading } = await session.run(feeds);
  o?.dispose();
  if (reading === undefined) throw new TypeError('no reading');
  return reading;
}

/** What is on a device is read through a network whose result is not: `getData` on it ends the process. */
function openReader(device: Device): Promise<InferenceSession> {
  const graph = new Graph({ name: 'reader' });
  graph.output('value', add(graph.input('reading', 'float32', [1]), 0));
  return InferenceSession.create(
    serialise(graph),
    sessionOptions({ device, intraOpThreads: 1, wholeOnDevice: false, fixedShapes: true }),
  );
}

async function read(reader: InferenceSession, reading: OrtTensor): Promise<void> {
  const { value } = await reader.run({ reading });
  reading.dispose();
  if (!Number.isFinite(Number(value?.data[0]))) throw new RangeError('the result is not finite');
}

async function clock(work: () => Promise<void>): Promise<number> {
  const before = performance.now();
  await work();
  return performance.now() - before;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
