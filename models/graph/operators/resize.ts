import type { Tensor } from '../ir.js';
import {
  axisOf,
  constantValues,
  declare,
  emit,
  int64Vector,
  intsAttribute,
  required,
  shapeError,
} from '../operator.js';

export const RESIZE = declare({
  type: 'Resize',
  since: 18,
  arity: [4, 4],
  attributes: { mode: 'string', coordinate_transformation_mode: 'string', axes: 'ints' },
  infer: (call) => {
    const { dtype, shape } = required(call, 0);
    const sizes = constantValues(call.inputs[3]);
    const given = intsAttribute(call, 'axes') ?? shape.map((_, axis) => axis);
    const axes = given.map((axis) => axisOf(call, axis, shape.length));
    if (sizes?.length !== axes.length) throw shapeError(call, 'one constant size an axis is needed');
    return [{ dtype, shape: shape.map((dim, axis) => sizes[axes.indexOf(axis)] ?? dim) }];
  },
});

/** Where the centre of an output pixel lies in the input, by ONNX's names. */
export type PixelCentres = 'asymmetric' | 'half_pixel' | 'align_corners';

/** Bilinear interpolation of [batch, channels, …, …] to a picture of other sides; the edges are repeated. */
export function resizeBilinear(x: Tensor, height: number, width: number, centres: PixelCentres): Tensor {
  const attributes = { mode: 'linear', coordinate_transformation_mode: centres, axes: [2, 3] };
  return emit(RESIZE, [x, undefined, undefined, int64Vector(x, [height, width])], attributes);
}
