import { InferencePool } from '../inference-pool.js';

/** A process that closes its pool while a network runs, and must survive that. Argument: the file of the network. */
const pool = await InferencePool.open({ device: 'cpu', threads: 2 });
const model = await pool.load({
  name: 'slow',
  path: process.argv[2] ?? '',
  preparation: { kind: 'tensors', inputs: [{ name: 'x', type: 'float32' }] },
  outputs: ['y'],
  finish: { kind: 'none' },
  maxBatch: 8,
  warmUp: [],
});
const data = new Float32Array(8 * 256 * 256).fill(0.01);
const calls = Array.from({ length: 6 }, () => model.run([{ type: 'float32', dims: [256, 256], data }], 8));
const settled = Promise.allSettled(calls);
// When one call is done, both threads work on the next ones.
await Promise.race(calls);
await pool.close();
const lost = (await settled).filter(({ status }) => status === 'rejected').length;
console.log(`${lost} lost`);
