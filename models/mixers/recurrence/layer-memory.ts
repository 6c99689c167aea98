import { cast, mul, type Dim, type Tensor } from '../../graph/index.js';
import type { Carried, CarriedType, LayerContext } from '../layer.js';
import type { RecurrenceInputs, RecurrenceOutputs } from './decay.js';
import type { SequenceForm } from './form-table.js';
import { bidirectionalRecurrence, recurrence } from './sequence.js';

/**
 * Type of the memory of all heads, which is square because keys and values have the same width. It is float32 in every
 * network: after 2,000 steps a float16 memory would no longer change.
 */
export function memoryType(context: LayerContext, batch: Dim): CarriedType {
  const perHead = context.width / context.heads;
  return { dtype: 'float32', shape: [batch, context.heads, perHead, perHead] };
}

/**
 * The recurrence in the layer's direction: causal, with the memory as input and output, or bidirectional. Masked steps write
 * nothing, because their keys are zero. The output is float32; the norm that follows brings it back into the range of
 * float16. A memory that forgets nothing exceeds 65,504 after some thousand similar steps.
 */
export function layerRecurrence(
  inputs: Omit<RecurrenceInputs, 'state'>,
  context: LayerContext,
  carried?: Carried,
): { readonly output: Tensor; readonly carried: Carried } {
  if (context.direction === 'bidirectional')
    return {
      output: bidirectionalRecurrence(wide({ ...inputs, k: masked(inputs.k, context) }), context.form),
      carried: {},
    };
  const { output, state: memory } = recurrenceInFloat32(inputs, carried?.['memory'], context.form);
  return { output, carried: { memory } };
}

/** The recurrence with all inputs cast to float32. */
export function recurrenceInFloat32(
  inputs: Omit<RecurrenceInputs, 'state'>,
  memory: Tensor | undefined,
  form: SequenceForm,
): RecurrenceOutputs {
  return recurrence({ ...wide(inputs), ...(memory === undefined ? {} : { state: memory }) }, form);
}

function wide(inputs: Omit<RecurrenceInputs, 'state'>): Omit<RecurrenceInputs, 'state'> {
  const { q, k, v } = inputs;
  return { ...inputs, q: cast(q, 'float32'), k: cast(k, 'float32'), v: cast(v, 'float32') };
}

/** Sets masked steps to zero. */
export function masked(x: Tensor, context: LayerContext): Tensor {
  return context.mask === undefined ? x : mul(x, context.mask);
}
