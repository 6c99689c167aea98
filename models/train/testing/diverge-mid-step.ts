import { add, log, matmul, reduceMean, tanh } from '../../graph/index.js';
import { trainParallel } from '../train-parallel.js';
import type { TrainableNetwork } from '../network.js';

/** Entry of a process in which one worker diverges during a long step of the other; it must survive to report that. */
const WIDTH = 512;

const network: TrainableNetwork = {
  name: 'two-paces',
  build: (g) => {
    const x = g.input('x', 'float32', ['B', WIDTH]);
    let y = x;
    for (let layer = 0; layer < 4; layer++)
      y = tanh(matmul(y, g.parameter(`w${layer}`, 'float32', [WIDTH, WIDTH], new Float32Array(WIDTH ** 2).fill(1e-3))));
    return { loss: reduceMean(log(add(y, 1))), outputs: { y } };
  },
};

const rows = (count: number, value: number) => ({
  x: { data: new Float32Array(count * WIDTH).fill(value), dims: [count, WIDTH] },
});
// The even batches belong to the first worker.
const data = { hash: 'two-paces', batch: (step: number) => (step % 2 === 0 ? rows(1, NaN) : rows(2048, 0.1)) };
await trainParallel(network, data, { steps: 8, workers: 2 }).catch((error: unknown) => {
  console.log(error instanceof Error && 'code' in error ? error.code : error);
});
