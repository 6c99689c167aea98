import { add, cast, div, greater, mul, reduceSum, sigmoid } from '../../graph/index.js';
import type { Batch, Feed, TrainingData } from '../data.js';
import { binaryCrossEntropyWithLogits } from '../losses.js';
import { Random } from '../random.js';
import { sequenceNetwork, REPORTED_VALIDATION, type SequenceTask } from './task.js';

/** Start mark, end mark and four channels of noise. */
const WIDTH = 6;
const SHORTEST = 10;
const VALIDATION_BATCHES = 8;

/**
 * Intervals: sequences of 10 to `longest` segments hold start and end marks. What lies between a start and the next end
 * is inside; a start without an end opens nothing, so that a segment's answer may hang on what comes long after it.
 */
export function intervals(longest: number, batchSize: number): SequenceTask {
  const drawn = data(longest, batchSize);
  return {
    name: `intervals-${longest}`,
    direction: 'bidirectional',
    metric: 'f1',
    get chance(): number {
      return everythingInside(drawn.validation?.() ?? []);
    },
    data: drawn,
    build: (graph, mixer, size) => {
      const x = graph.input('x', 'float32', ['B', longest, WIDTH]);
      const inside = graph.input('inside', 'float32', ['B', longest, 1]);
      const mask = graph.input('mask', 'float32', ['B', longest, 1]);
      const network = sequenceNetwork(graph, mixer, size, 'bidirectional', x, mask);
      const logits = network.head(network.steps, 1);
      const found = mul(cast(greater(logits, 0), 'float32'), mask);
      const hits = mul(reduceSum(mul(found, inside)), 2);
      return {
        loss: binaryCrossEntropyWithLogits(logits, inside, { mask }),
        outputs: { inside: sigmoid(logits) },
        metrics: { f1: div(hits, add(add(reduceSum(found), reduceSum(inside)), 1e-6)) },
      };
    },
  };
}

/** What the best answer that looks at nothing reaches: F1 of calling every segment inside, measured on the batches. */
function everythingInside(batches: readonly Batch[]): number {
  const total = (feed: Feed | undefined): number =>
    Array.from(feed?.data ?? [], Number).reduce((sum, value) => sum + value, 0);
  const scores = batches.map(({ inside, mask }) => (2 * total(inside)) / (total(mask) + total(inside)));
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

function data(longest: number, batchSize: number): TrainingData {
  return {
    hash: `intervals/${longest}`,
    batch: (_, random) => draw(longest, batchSize, random),
    // A stream that no training step draws from: steps have two seeds.
    validation: () =>
      Array.from({ length: VALIDATION_BATCHES }, (_, index) =>
        draw(longest, batchSize, new Random(REPORTED_VALIDATION, index, 1)),
      ),
  };
}

function draw(longest: number, batchSize: number, random: Random): Batch {
  const x = new Float32Array(batchSize * longest * WIDTH);
  const inside = new Float32Array(batchSize * longest);
  const mask = new Float32Array(batchSize * longest);
  for (let row = 0; row < batchSize; row++) {
    // Log-uniform: short videos are as common as long ones.
    const length = Math.round(SHORTEST * (longest / SHORTEST) ** random.uniform());
    const first = row * longest;
    mask.fill(1, first, first + length);
    for (let t = 0; t < length; t++) for (let c = 2; c < WIDTH; c++) x[(first + t) * WIDTH + c] = 0.3 * random.normal();
    for (let t = random.integer(Math.ceil(length / 4)); t < length;) {
      const end = t + 1 + random.integer(Math.ceil(length / 2));
      x[(first + t) * WIDTH] = 1;
      // Cut off by the end of the sequence: a start without an end.
      if (end >= length) break;
      x[(first + end) * WIDTH + 1] = 1;
      inside.fill(1, first + t, first + end + 1);
      t = end + 1 + random.integer(Math.ceil(length / 4));
    }
  }
  return {
    x: { data: x, dims: [batchSize, longest, WIDTH] },
    inside: { data: inside, dims: [batchSize, longest, 1] },
    mask: { data: mask, dims: [batchSize, longest, 1] },
  };
}
