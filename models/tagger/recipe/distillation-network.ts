import { clip, div, mul, reduceMean, sub } from '../../graph/index.js';
import type { Tensor } from '../../graph/index.js';
import { seededParameters } from '../../mixers/parameters.js';
import type { LayerContext } from '../../mixers/layer.js';
import { binaryCrossEntropyWithLogits, meanSquaredError, mixedLoss } from '../../train/losses.js';
import type { TrainableNetwork } from '../../train/network.js';
import { TAGGER_MEL, WINDOW_FRAMES } from '../front-end.js';
import { tag, teacherHead } from '../network.js';
import { TARGETS } from './examples.js';
import { TEACHER_CLASSES, TEACHER_FEATURES } from './teacher.js';

/**
 * The teacher's logits range from -12 to 3. Below this value a class is certainly absent, and differences do not
 * matter.
 */
const SURELY_ABSENT = -8;
const LOGIT_SCALE = 3;
/**
 * Weights of the three losses. Nearly all classes are absent from a mixture, so that the mean loss of the labels is small and
 * needs a large weight.
 */
const WEIGHTS = { labels: 60, logits: 5, features: 6 } as const;
/** Typical standard deviation of a feature over mixtures; dividing by it makes the feature loss start near 1. */
const FEATURE_SCALE = 0.5;

/** The tagger with its three losses: against the labels, the teacher's logits and the teacher's features. */
export function distillationNetwork(batchSize: number, seed: number): TrainableNetwork {
  return {
    name: 'earsight-tagger',
    build: (graph) => {
      const parameters = seededParameters(seed);
      const picture = graph.input('picture', 'float32', [batchSize, 1, TAGGER_MEL.melBins, WINDOW_FRAMES]);
      const { logits, summary } = tag(graph, picture, { parameters, dtype: 'float32', classes: TARGETS });
      const at: LayerContext = {
        ...{ graph, parameters, dtype: 'float32', width: 0, layers: 0, heads: 1, layer: 0, direction: 'bidirectional' },
        ...{ form: { kind: 'native' }, shared: new Map() },
      };
      const targets = graph.input('targets', 'float32', [batchSize, TARGETS]);
      const taughtLogits = scaled(graph.input('taught-logits', 'float32', [batchSize, TEACHER_CLASSES]));
      const taughtFeatures = div(graph.input('features', 'float32', [batchSize, TEACHER_FEATURES]), FEATURE_SCALE);
      const parts = {
        labels: binaryCrossEntropyWithLogits(logits, targets),
        logits: meanSquaredError(teacherHead(summary, at, 'teacher-logits', TEACHER_CLASSES), taughtLogits),
        features: meanSquaredError(teacherHead(summary, at, 'teacher-features', TEACHER_FEATURES), taughtFeatures),
      };
      const loss = mixedLoss([
        [WEIGHTS.labels, parts.labels],
        [WEIGHTS.logits, parts.logits],
        [WEIGHTS.features, parts.features],
      ]);
      return { loss, outputs: { logits, summary }, metrics: { ...parts, right: agreement(logits, targets) } };
    },
  };
}

function scaled(logits: Tensor): Tensor {
  return div(sub(clip(logits, SURELY_ABSENT, 20), SURELY_ABSENT / 2), LOGIT_SCALE);
}

/** Share of scores that are on the same side of 0.5 as their target. */
function agreement(logits: Tensor, targets: Tensor): Tensor {
  const sides = mul(clip(mul(logits, 1e4), -1, 1), clip(mul(sub(targets, 0.5), 1e4), -1, 1));
  return reduceMean(div(sub(sides, -1), 2));
}
