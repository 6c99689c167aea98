import { add, cast, div, greater, mul, reduceSum, sigmoid } from '../../graph/index.js';
import type { Batch, Feed, TrainingData } from '../data.js';
import { binaryCrossEntropyWithLogits } from '../losses.js';
import { Random } from '../random.js';
import { sequenceNetwork, REPORTED_VALIDATION, type SequenceTask } from './task.js';

/** Channels: start mark, end mark and four of noise. */
const WIDTH = 6;
const SHORTEST = 10;
const VALIDATION_BATCHES = 8;

/**
 * Intervals: sequences of 10 to `longest` segments contain start and end marks. Segments between a start and the next end are
 * inside. A start without an end opens nothing, so that the answer for a segment can depend on a much later one.
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

/** The best score without looking at the input: F1 of calling every segment inside, measured on the batches. */
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
    // Three seeds select a stream that no training step uses, because steps have two.
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
    // A log-uniform length, so that short sequences are as common as long ones.
    const length = Math.round(SHORTEST * (longest / SHORTEST) ** random.uniform());
    const first = row * longest;
    mask.fill(1, first, first + length);
    for (let t = 0; t < length; t++) for (let c = 2; c < WIDTH; c++) x[(first + t) * WIDTH + c] = 0.3 * random.normal();
    for (let t = random.integer(Math.ceil(length / 4)); t < length;) {
      const end = t + 1 + random.integer(Math.ceil(length / 2));
      x[(first + t) * WIDTH] = 1;
      // The sequence ends before the interval does: a start without an end.
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
