import { parseArgs } from 'node:util';
import { hgrn2, type Memories } from '../models/mixers/hgrn2/layer.js';
import { longRangeRecall } from '../models/train/tasks/long-range-recall.js';
import { train } from '../models/train/train.js';

/**
 * How HGRN2's initial memory lengths were chosen: accuracy of long-range recall for each candidate, on seeds and
 * validation batches that are not used for any reported figure. `node dist/bench/hgrn2-memories.js --seeds 11,12`.
 */
const CANDIDATES: readonly Memories[] = [
  [2, 64],
  [2, 1024],
  [4, 8192],
  [16, 65536],
];
/** Seed of the validation batches; different from that of the reported figures. */
const CHOOSING_VALIDATION = 4409;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '11' },
    distance: { type: 'string', default: '120' },
    steps: { type: 'string', default: '400' },
  },
});
const task = longRangeRecall(Number(values.distance), 32, CHOOSING_VALIDATION);
for (const seed of values.seeds.split(',').map(Number))
  for (const memories of CANDIDATES) {
    const { card } = await train(
      {
        name: task.name,
        build: (graph) => task.build(graph, hgrn2(memories), { width: 32, layers: 2, heads: 4, seed }),
      },
      task.data,
      { steps: Number(values.steps), learningRate: 0.003, seed, evaluateEvery: Math.ceil(Number(values.steps) / 4) },
    );
    const scores = card.history.map(({ metrics }) => (metrics[task.metric] ?? Number.NaN).toFixed(3));
    console.log(`seed ${seed}, memories ${memories.join(' to ')}: accuracy ${scores.join(' ')}`);
  }
