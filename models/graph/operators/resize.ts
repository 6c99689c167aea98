import { multiplyDims, type Dim } from '../dim.js';
import type { Attributes, Tensor } from '../ir.js';
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
  arity: [3, 4],
  attributes: { mode: 'string', coordinate_transformation_mode: 'string', axes: 'ints' },
  infer: (call) => {
    const { dtype, shape } = required(call, 0);
    const sizes = constantValues(call.inputs[3]);
    const scales = constantValues(call.inputs[2]);
    const given = intsAttribute(call, 'axes') ?? shape.map((_, axis) => axis);
    const axes = given.map((axis) => axisOf(call, axis, shape.length));
    if ((sizes ?? scales)?.length !== axes.length || (sizes && scales))
      throw shapeError(call, 'one constant size an axis is needed, or one scale');
    if (scales?.some((scale) => !Number.isInteger(scale))) throw shapeError(call, 'scales are whole numbers');
    const side = (dim: Dim, at: number): Dim => sizes?.[at] ?? multiplyDims(dim, scales?.[at] ?? 1);
    return [{ dtype, shape: shape.map((dim, axis) => (axes.includes(axis) ? side(dim, axes.indexOf(axis)) : dim)) }];
  },
});

/** How the centre of an output pixel maps to the input; the names are ONNX's. */
export type PixelCentres = 'asymmetric' | 'half_pixel' | 'align_corners';

/** Bilinear interpolation of [batch, channels, height, width] to another height and width; edges are repeated. */
export function resizeBilinear(x: Tensor, height: number, width: number, centres: PixelCentres): Tensor {
  return emit(RESIZE, [x, undefined, undefined, int64Vector(x, [height, width])], bilinear(centres));
}

/** Bilinear interpolation to integer multiples of height and width, which may be named dimensions. */
export function enlargeBilinear(x: Tensor, down: number, across: number, centres: PixelCentres): Tensor {
  return emit(RESIZE, [x, undefined, x.graph.constant('float32', [2], [down, across])], bilinear(centres));
}

function bilinear(centres: PixelCentres): Attributes {
  return { mode: 'linear', coordinate_transformation_mode: centres, axes: [2, 3] };
}
