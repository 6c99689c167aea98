import { parentPort, workerData } from 'node:worker_threads';
import { env } from 'onnxruntime-node';
import { exitIfEnding } from './end-between-calls.js';
import { Network } from './network.js';
import type { FromThread, ThreadSetup, ToThread } from './thread-protocol.js';

/**
 * The inference thread: it alone creates and runs sessions, because both block the loop of the thread they are called
 * on for as long as they take.
 */
const port = parentPort;
if (!port) throw new Error('inference-worker is started as a worker thread');
const setup = workerData as ThreadSetup;
const networks = new Map<number, Network>();

// A failing run is reported to its caller; the runtime's own lines on stderr would only garble a progress bar.
env.logLevel = 'fatal';

/** One message after another: two awaited runs at once would share their input buffers. */
let last: Promise<void> = Promise.resolve();
port.on('message', (message: ToThread) => {
  last = last.then(() => obey(message));
});

async function obey(message: ToThread): Promise<void> {
  exitIfEnding(setup.ending);
  if (message.type === 'load') await load(message);
  else if (message.type === 'run') await run(message);
  else if (message.type === 'unload') await unload(message.model);
}

async function unload(model: number): Promise<void> {
  const network = networks.get(model);
  networks.delete(model);
  await network?.close();
}

async function load({ model, spec }: Extract<ToThread, { type: 'load' }>): Promise<void> {
  try {
    const network = await Network.open(spec, setup);
    networks.set(model, network);
    send({ type: 'loaded', model, report: network.report });
  } catch (error) {
    send({ type: 'load-failed', model, reason: reasonOf(error) });
  }
}

async function run({ batch, model, count, blocks }: Extract<ToThread, { type: 'run' }>): Promise<void> {
  const buffers = blocks.map((block) => block.buffer);
  try {
    const network = networks.get(model);
    if (!network) throw new Error('the model is not loaded in this thread');
    const { results, times } = await network.run(blocks, count);
    const transfer = results.map((result) => result.data.buffer);
    send({ type: 'done', batch, results, times, buffers }, [...transfer, ...buffers]);
  } catch (error) {
    send({ type: 'failed', batch, reason: reasonOf(error), buffers }, buffers);
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
