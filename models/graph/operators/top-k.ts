import type { Tensor } from '../ir.js';
import {
  axisOf,
  constantValues,
  declare,
  emitAll,
  int64Vector,
  intAttribute,
  required,
  shapeError,
} from '../operator.js';

export const TOP_K = declare({
  type: 'TopK',
  since: 11,
  arity: [2, 2],
  attributes: { axis: 'int', largest: 'int', sorted: 'int' },
  infer: (call) => {
    const x = required(call, 0);
    const [k] = constantValues(call.inputs[1]) ?? [];
    if (k === undefined) throw shapeError(call, 'how many is not constant');
    const at = axisOf(call, intAttribute(call, 'axis', -1), x.shape.length);
    const length = x.shape[at];
    if (k < 0 || (typeof length === 'number' && k > length)) throw shapeError(call, `there are not ${k}`);
    const shape = x.shape.map((dim, axis) => (axis === at ? k : dim));
    return [
      { dtype: x.dtype, shape },
      { dtype: 'int64', shape },
    ];
  },
});

/** The `k` largest elements along an axis, the largest first, and their indices. */
export function topK(x: Tensor, k: number, axis = -1): { readonly values: Tensor; readonly indices: Tensor } {
  const [values, indices] = emitAll(TOP_K, [x, int64Vector(x, [k])], { axis });
  if (values === undefined || indices === undefined)
    throw shapeError({ operator: TOP_K, inputs: [x] }, 'it has two outputs');
  return { values, indices };
}
