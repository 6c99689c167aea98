import { parentPort } from 'node:worker_threads';
import type { ToThread } from '../thread-protocol.js';

/** An inference thread that exits when a batch begins with this number, as after a crash in native code. */
const DEADLY = 666;

// The real thread comes first, because a port delivers its messages as soon as there is a listener.
await import('../inference-worker.js');

parentPort?.on('message', (message: ToThread) => {
  if (message.type !== 'run') return;
  if (message.blocks.some(({ buffer }) => new Float32Array(buffer)[0] === DEADLY)) process.exit(9);
});
