import { copyFile, rm } from 'node:fs/promises';
import { InferencePool } from '../inference-pool.js';

/**
 * A process whose thread dies after the file of its network was deleted. It must end. Arguments: the file, and where to
 * copy it.
 */
const [from = '', path = ''] = process.argv.slice(2);
await copyFile(from, path);
const pool = await InferencePool.open({
  device: 'cpu',
  threads: 1,
  entry: new URL('./dying-worker.ts', import.meta.url),
});
const model = await pool.load({
  name: 'lost',
  path,
  preparation: { kind: 'tensors', inputs: [{ name: 'x', type: 'float32' }] },
  outputs: ['y'],
  finish: { kind: 'none' },
  maxBatch: 1,
  warmUp: [],
});
await rm(path);
const deadly = new Float32Array(64).fill(666);
await model.run([{ type: 'float32', dims: [64], data: deadly }], 1).catch(() => undefined);
// The pool is unusable as soon as the new thread has not found the file.
while (pool.usable) await new Promise((resolve) => setTimeout(resolve, 20));
await pool
  .load({
    name: 'late',
    path,
    preparation: { kind: 'tensors', inputs: [] },
    outputs: [],
    finish: { kind: 'none' },
    maxBatch: 1,
    warmUp: [],
  })
  .catch((error: unknown) => {
    console.log(error instanceof Error && 'code' in error ? error.code : error);
  });
await pool.close();
