import { parentPort, workerData } from 'node:worker_threads';
import { env } from 'onnxruntime-node';
import { exitIfStopped, type StopFlag, type WithId } from '../../core/processes/thread-client.js';
import { Network } from './network.js';
import type { FromThread, ThreadSetup, ToThread } from './thread-protocol.js';

/**
 * The inference thread. Sessions are created and run here alone, because both block the event loop of the calling thread
 * for as long as they take.
 */
const port = parentPort;
if (!port) throw new Error('inference-worker is started as a worker thread');
const setup = workerData as ThreadSetup & StopFlag;
const networks = new Map<number, Network>();

type Load = Extract<ToThread, { type: 'load' }>;
type Run = Extract<ToThread, { type: 'run' }>;

// A run that fails is reported to its caller. The runtime's own lines on stderr would only break up a progress bar.
env.logLevel = 'fatal';

/** One message after another: two runs at once would share their input buffers. */
let last: Promise<void> = Promise.resolve();
port.on('message', (message: WithId<ToThread>) => {
  last = last.then(() => handle(message));
});

async function handle(message: WithId<ToThread>): Promise<void> {
  exitIfStopped(setup);
  if (message.type === 'load') await load(message);
  else if (message.type === 'run') await run(message);
  else await unload(message.model);
}

async function unload(model: number): Promise<void> {
  const network = networks.get(model);
  networks.delete(model);
  await network?.close();
}

async function load({ id, model, spec }: WithId<Load>): Promise<void> {
  try {
    const network = await Network.open(spec, setup);
    networks.set(model, network);
    send({ type: 'loaded', id, report: network.report });
  } catch (error) {
    send({ type: 'failed', id, reason: reasonOf(error), buffers: [] });
  }
}

async function run({ id, model, count, blocks }: WithId<Run>): Promise<void> {
  const buffers = blocks.map((block) => block.buffer);
  try {
    const network = networks.get(model);
    if (!network) throw new Error('the model is not loaded in this thread');
    const { results, times } = await network.run(blocks, count);
    const transfer = results.map((result) => result.data.buffer);
    send({ type: 'done', id, results, times, buffers }, [...transfer, ...buffers]);
  } catch (error) {
    send({ type: 'failed', id, reason: reasonOf(error), buffers }, buffers);
  }
}

function send(message: FromThread, transfer: readonly ArrayBufferLike[] = []): void {
  port?.postMessage(
    message,
    transfer.filter((buffer) => buffer instanceof ArrayBuffer),
  );
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? 'unknown';
}
