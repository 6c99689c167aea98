import { addDims } from '../dim.js';
import type { Dim, Shape } from '../dim.js';
import type { Tensor } from '../ir.js';
import { axisOf, declare, elementsOf, emitAll, intAttribute, required, shapeError } from '../operator.js';
import { MAX_PARTS } from './join.js';
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

/** Splits `axis` into parts of the given lengths. More parts than one node may make go through a tree of nodes. */
export function split(x: Tensor, lengths: Shape, axis: number): readonly Tensor[] {
  if (lengths.length <= MAX_PARTS) return emitAll(SPLIT, [x, shapeVector(x, lengths)], { axis });
  const size = Math.ceil(lengths.length / MAX_PARTS);
  const groups: Shape[] = [];
  for (let at = 0; at < lengths.length; at += size) groups.push(lengths.slice(at, at + size));
  const totals = groups.map((group) => group.reduce<Dim>(addDims, 0));
  return split(x, totals, axis).flatMap((part, index) => split(part, groups[index] ?? [], axis));
}
