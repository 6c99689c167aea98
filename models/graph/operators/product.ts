import { broadcastShapes } from '../dim.js';
import type { Dim, Shape } from '../dim.js';
import type { Tensor } from '../ir.js';
import { declare, emit, floatDtype, intAttribute, required, shapeError } from '../operator.js';

export const MATMUL = declare({
  type: 'MatMul',
  since: 13,
  arity: [2, 2],
  infer: (call) => {
    const a = required(call, 0).shape;
    const b = required(call, 1).shape;
    if (a.length === 0 || b.length === 0) throw shapeError(call, 'a scalar has no matrix product');
    const rows: Shape = a.length === 1 ? [] : [a.at(-2) ?? 1];
    const columns: Shape = b.length === 1 ? [] : [b.at(-1) ?? 1];
    const inner = b.length === 1 ? b[0] : b.at(-2);
    if (a.at(-1) !== inner) throw shapeError(call, `inner dimensions differ: ${a.at(-1) ?? '?'} and ${inner ?? '?'}`);
    const batch = broadcastShapes(a.slice(0, -2), b.slice(0, -2));
    if (batch === undefined) throw shapeError(call, 'the leading dimensions do not broadcast');
    return [{ dtype: floatDtype(call), shape: [...batch, ...rows, ...columns] }];
  },
});

/** Matrix product over the last two axes; the leading axes broadcast. */
export const matmul = (a: Tensor, b: Tensor): Tensor => emit(MATMUL, [a, b]);

export const GEMM = declare({
  type: 'Gemm',
  since: 13,
  arity: [2, 3],
  attributes: { alpha: 'float', beta: 'float', transA: 'int', transB: 'int' },
  infer: (call) => {
    const a = transposedShape(required(call, 0).shape, intAttribute(call, 'transA', 0));
    const b = transposedShape(required(call, 1).shape, intAttribute(call, 'transB', 0));
    if (a === undefined || b === undefined) throw shapeError(call, 'takes matrices');
    if (a[1] !== b[0]) throw shapeError(call, `inner dimensions differ: ${a[1]} and ${b[0]}`);
    const shape = [a[0], b[1]];
    const bias = call.inputs[2];
    if (bias !== undefined && broadcastShapes(bias.shape, shape)?.some((dim, axis) => dim !== shape[axis]) !== false)
      throw shapeError(call, 'the third input does not broadcast to the product');
    return [{ dtype: floatDtype(call), shape }];
  },
});

function transposedShape(shape: Shape, transpose: number): readonly [Dim, Dim] | undefined {
  const [rows, columns] = shape;
  if (shape.length !== 2 || rows === undefined || columns === undefined) return undefined;
  return transpose === 1 ? [columns, rows] : [rows, columns];
}

export interface GemmOptions {
  readonly alpha?: number;
  readonly beta?: number;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** alpha · A B + beta · C for matrices A and B; C broadcasts to the product. */
export function gemm(a: Tensor, b: Tensor, c?: Tensor, options: GemmOptions = {}): Tensor {
  const { alpha = 1, beta = 1, transposeA = false, transposeB = false } = options;
  return emit(GEMM, c === undefined ? [a, b] : [a, b, c], {
    alpha,
    beta,
    transA: transposeA ? 1 : 0,
    transB: transposeB ? 1 : 0,
  });
}
