import { mul, type Dim, type Tensor } from '../../graph/index.js';
import type { Carried, CarriedType, Place } from '../layer.js';
import type { RecurrenceInputs } from './decay.js';
import { bothWays, recurrence } from './sequence.js';

/** The memory of all heads, square: keys and values are as wide as each other. */
export function memoryType(place: Place, batch: Dim): CarriedType {
  const perHead = place.width / place.heads;
  return { dtype: place.dtype, shape: [batch, place.heads, perHead, perHead] };
}

/**
 * The recurrence in the place's direction: one way with its memory in and out, or both ways. Masked steps write nothing
 * (their keys are zero).
 */
export function remember(
  inputs: Omit<RecurrenceInputs, 'state'>,
  place: Place,
  carried?: Carried,
): { readonly output: Tensor; readonly carried: Carried } {
  if (place.direction === 'bidirectional')
    return { output: bothWays({ ...inputs, k: masked(inputs.k, place) }, place.form), carried: {} };
  const state = carried?.['memory'];
  const { output, state: memory } = recurrence({ ...inputs, ...(state === undefined ? {} : { state }) }, place.form);
  return { output, carried: { memory } };
}

/** Zero where a step does not count. */
export function masked(x: Tensor, place: Place): Tensor {
  return place.mask === undefined ? x : mul(x, place.mask);
}
