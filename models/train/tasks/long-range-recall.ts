import { argMax, cast, equal, reduceMean, reshape, slice, softmax } from '../../graph/index.js';
import type { Batch, TrainingData } from '../data.js';
import { softmaxCrossEntropy } from '../losses.js';
import { Random } from '../random.js';
import { sequenceNetwork, REPORTED_VALIDATION, type SequenceTask } from './task.js';

const SYMBOLS = 16;
/** The marked step is one of the first eight, so that no network can learn its position. */
const EARLY_STEPS = 8;
const VALIDATION_BATCHES = 8;

/**
 * Long-range recall: every step shows a random symbol, one of the first eight steps is marked, and at the last step, at least
 * `distance` steps later, the network must name the marked symbol. Training sequences leave a random share of the other steps
 * blank, so that the network can learn before it can ignore distractors; validation sequences leave none blank.
 */
export function longRangeRecall(
  distance: number,
  batchSize: number,
  validationSeed = REPORTED_VALIDATION,
): SequenceTask {
  const length = distance + EARLY_STEPS;
  const width = SYMBOLS + 1;
  return {
    name: `recall-${distance}`,
    direction: 'causal',
    metric: 'accuracy',
    chance: 1 / SYMBOLS,
    data: data(length, batchSize, validationSeed),
    build: (graph, mixer, size) => {
      const x = graph.input('x', 'float32', ['B', length, width]);
      const symbol = graph.input('symbol', 'float32', ['B', SYMBOLS]);
      const network = sequenceNetwork(graph, mixer, size, 'causal', x);
      const logits = reshape(network.head(slice(network.steps, 1, length - 1), SYMBOLS), ['B', SYMBOLS]);
      const right = cast(equal(argMax(logits, -1), argMax(symbol, -1)), 'float32');
      return {
        loss: softmaxCrossEntropy(logits, symbol),
        outputs: { probabilities: softmax(logits) },
        metrics: { accuracy: reduceMean(right) },
      };
    },
  };
}

function data(length: number, batchSize: number, validationSeed: number): TrainingData {
  return {
    hash: `long-range-recall/${length}/${SYMBOLS}`,
    batch: (_, random) => draw(length, batchSize, random, () => random.uniform() ** 2),
    // Three seeds select a stream that no training step uses, because steps have two.
    validation: () =>
      Array.from({ length: VALIDATION_BATCHES }, (_, index) =>
        draw(length, batchSize, new Random(validationSeed, index, 1), () => 1),
      ),
  };
}

/** @param density returns the share of the other steps that show a symbol; called once for each sequence */
function draw(length: number, batchSize: number, random: Random, density: () => number): Batch {
  const width = SYMBOLS + 1;
  const x = new Float32Array(batchSize * length * width);
  const symbol = new Float32Array(batchSize * SYMBOLS);
  for (let row = 0; row < batchSize; row++) {
    const marked = random.integer(EARLY_STEPS);
    const shownShare = density();
    for (let t = 0; t < length; t++) {
      const shown = random.integer(SYMBOLS);
      // The last step always shows a symbol, which the network must not confuse with the answer.
      if (t !== marked && t !== length - 1 && random.uniform() >= shownShare) continue;
      const at = (row * length + t) * width;
      x[at + shown] = 1;
      if (t !== marked) continue;
      x[at + SYMBOLS] = 1;
      symbol[row * SYMBOLS + shown] = 1;
    }
  }
  return { x: { data: x, dims: [batchSize, length, width] }, symbol: { data: symbol, dims: [batchSize, SYMBOLS] } };
}
