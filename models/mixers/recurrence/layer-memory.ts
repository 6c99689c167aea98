import { cast, mul, type Dim, type Tensor } from '../../graph/index.js';
import type { Carried, CarriedType, LayerContext } from '../layer.js';
import type { RecurrenceInputs, RecurrenceOutputs } from './decay.js';
import type { SequenceForm } from './form-table.js';
import { bidirectionalRecurrence, recurrence } from './sequence.js';

/**
 * The memory of all heads, square: keys and values are as wide as each other. float32 whatever the network's precision:
 * after 2,000 steps float16 would no longer take a new one in.
 */
export function memoryType(context: LayerContext, batch: Dim): CarriedType {
  const perHead = context.width / context.heads;
  return { dtype: 'float32', shape: [batch, context.heads, perHead, perHead] };
}

/**
 * The recurrence in the place's direction: one way with its memory in and out, or both ways. Masked steps write nothing
 * (their keys are zero). The output is float32, for the norm behind it to bring back: a memory that forgets nothing is
 * past float16's 65,504 after some thousand steps that resemble one another.
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

/** The recurrence in float32. */
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

/** Zero where a step does not count. */
export function masked(x: Tensor, context: LayerContext): Tensor {
  return context.mask === undefined ? x : mul(x, context.mask);
}
