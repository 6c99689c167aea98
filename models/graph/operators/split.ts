import { addDims } from '../dim.js';
import type { Dim, Shape } from '../dim.js';
import type { Tensor } from '../ir.js';
import { axisOf, declare, elementsOf, emitAll, intAttribute, required, shapeError } from '../operator.js';
import { shapeVector } from './shape.js';

export const SPLIT = declare({
  type: 'Split',
  since: 18,
  arity: [2, 2],
  attributes: { axis: 'int' },
  infer: (call) => {
    const { dtype, shape } = required(call, 0);
    const axis = axisOf(call, intAttribute(call, 'axis', 0), shape.length);
    const lengths = elementsOf(call.inputs[1]);
    if (lengths === undefined) throw shapeError(call, 'the lengths are only known at run time');
    if (lengths.reduce<Dim>(addDims, 0) !== shape[axis])
      throw shapeError(call, `the lengths ${lengths.join(' + ')} are not ${shape[axis] ?? '?'}`);
    return lengths.map((length) => ({ dtype, shape: shape.map((dim, other) => (other === axis ? length : dim)) }));
  },
});

/** Cuts `axis` in parts of the given lengths. */
export function split(x: Tensor, lengths: Shape, axis: number): readonly Tensor[] {
  return emitAll(SPLIT, [x, shapeVector(x, lengths)], { axis });
}
