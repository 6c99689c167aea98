import { cast, clip, expand, linearAttention, type Tensor } from '../../graph/index.js';
import { LOG_DECAY_FLOOR, type RecurrenceInputs, type RecurrenceOutputs } from './decay.js';

/** The recurrence as one operator of onnxruntime, which iterates over the sequence. */
export function nativeRecurrence(inputs: RecurrenceInputs): RecurrenceOutputs {
  const { q, k, v, heads, state } = inputs;
  const logDecay = decayInput(inputs);
  return linearAttention(q, k, v, {
    heads,
    ...(state === undefined ? {} : { state }),
    ...(logDecay === undefined ? {} : { logDecay }),
  });
}

function decayInput({ k, heads, decay }: RecurrenceInputs): Tensor | undefined {
  switch (decay.kind) {
    case 'none':
      return undefined;
    case 'constant':
      // The operator needs one number for every step.
      return expand(k.graph.constant(k.dtype, [1, 1, heads], decay.logs), [k.shape[0] ?? 1, k.shape[1] ?? 1, heads]);
    default:
      return clip(cast(decay.logs, k.dtype), LOG_DECAY_FLOOR, 0);
  }
}
