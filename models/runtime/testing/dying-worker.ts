import { parentPort } from 'node:worker_threads';
import type { ToThread } from '../thread-protocol.js';

/** An inference thread that ends without a word when it meets this number, as a crash in native code would end it. */
const DEADLY = 666;

// First the real thread: a port hands its messages out as soon as anyone listens.
await import('../inference-worker.js');

parentPort?.on('message', (message: ToThread) => {
  if (message.type !== 'run') return;
  if (message.blocks.some(({ buffer }) => new Float32Array(buffer)[0] === DEADLY)) process.exit(9);
});
