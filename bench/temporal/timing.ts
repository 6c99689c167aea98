import { InferenceSession, type Tensor as OrtTensor } from 'onnxruntime-node';
import { Graph, reduceSum, serialise, slice, type Tensor } from '../../models/graph/index.js';
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
const BUDGET_MS = 3000;
const MOST_RUNS = 100;

/**
 * Times a graph of one output `o` [B, T, w] on inputs that are already there. A reading of eight numbers of `o`, itself
 * an output, is what travels back: it says when the device is done.
 */
export async function timeGraph(
  device: Device,
  graph: Graph,
  inputs: Readonly<Record<string, InputType>>,
  output: Tensor,
): Promise<Timing> {
  graph.output('o', output);
  // The last step depends on every chunk before it.
  const lastStep = slice(output, 1, -1);
  graph.output('reading', reduceSum(lastStep));
  const before = performance.now();
  const feeds = await makeOnDevice(device, inputs);
  const session = await InferenceSession.create(serialise(graph), {
    ...sessionOptions({ device, intraOpThreads: 0, wholeOnDevice: false }),
    preferredOutputLocation: { o: device === 'webgpu' ? 'gpu-buffer' : 'cpu', reading: 'cpu' },
  });
  await runOnce(session, feeds);
  const startMs = performance.now() - before;
  const first = await clock(async () => runOnce(session, feeds));
  const runs = Math.max(3, Math.min(MOST_RUNS, Math.floor(BUDGET_MS / Math.max(first, 1))));
  const latencies: number[] = [];
  for (let i = 0; i < runs; i++) latencies.push(await clock(async () => runOnce(session, feeds)));
  const runMs = (await clock(async () => runMany(session, feeds, runs))) / runs;
  await session.release();
  return { runMs, latencyMs: median(latencies), startMs, runs };
}

async function runOnce(session: InferenceSession, feeds: Record<string, OrtTensor>): Promise<void> {
  const { o, reading } = await session.run(feeds);
  if (!Number.isFinite(Number(reading?.data[0]))) throw new RangeError('the result is not finite');
  o?.dispose();
}

/** Only the last result travels back; a device works through its queue in order. */
async function runMany(session: InferenceSession, feeds: Record<string, OrtTensor>, runs: number): Promise<void> {
  for (let i = 1; i < runs; i++) {
    const { o } = await session.run(feeds, ['o']);
    o?.dispose();
  }
  await runOnce(session, feeds);
}

async function clock(work: () => Promise<void>): Promise<number> {
  const before = performance.now();
  await work();
  return performance.now() - before;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
