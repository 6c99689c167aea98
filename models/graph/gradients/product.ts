import { multiplyDims } from '../dim.js';
import type { Dim } from '../dim.js';
import type { Tensor } from '../ir.js';
import { intAttribute } from '../operator.js';
import * as o from '../operators/index.js';
import { parseEquation } from '../operators/einsum.js';
import { unbroadcast } from './unbroadcast.js';
import { registerSimple } from './rule.js';

function swapLast(x: Tensor): Tensor {
  const order = x.shape.map((_, axis) => axis);
  const [columns, rows] = [order.pop() ?? 0, order.pop() ?? 0];
  return o.transpose(x, [...order, columns, rows]);
}

/** Merges all leading axes into one. */
function asRows(x: Tensor): Tensor {
  const rows = x.shape.slice(0, -1).reduce(multiplyDims, 1);
  return o.reshape(x, [rows, x.shape.at(-1) ?? 1]);
}

/** Side of the tile of a product that one workgroup of onnxruntime's webgpu kernel computes. */
const TILE = 32;
/** Adding up the products of shorter parts costs more than splitting saves. */
const SHORTEST_PART = 256;

/**
 * A^T B for A [n, r] and B [n, c], both long and narrow, as in gradients of weights. A GPU kernel assigns each tile of
 * the product to one workgroup: there are few tiles, and each workgroup loops over all n rows. The rows are therefore
 * split into parts, whose products are summed. 2,048 tiles instead of 64 took a sixth of the time.
 */
function transposedProduct(a: Tensor, b: Tensor): Tensor {
  const [length = 1, rows = 1] = a.shape;
  const [, columns = 1] = b.shape;
  const parts = partsOf(length, rows, columns, a.graph.busyTiles);
  if (parts === 1) return o.gemm(a, b, undefined, { transposeA: true });
  const part = Number(length) / parts;
  const left = o.transpose(o.reshape(a, [parts, part, rows]), [0, 2, 1]);
  return o.reduceSum(o.matmul(left, o.reshape(b, [parts, part, columns])), { axes: [0] });
}

function partsOf(length: Dim, rows: Dim, columns: Dim, busyTiles: number): number {
  if (typeof length !== 'number' || typeof rows !== 'number' || typeof columns !== 'number') return 1;
  const tiles = Math.ceil(rows / TILE) * Math.ceil(columns / TILE);
  let parts = 1;
  while (tiles * parts < busyTiles && length % (2 * parts) === 0 && length / (2 * parts) >= SHORTEST_PART) parts *= 2;
  return parts;
}

registerSimple(o.MATMUL, (dy, [a, b]) => {
  if (a === undefined || b === undefined) return [];
  // A vector on the left is a matrix of one row; a vector on the right is a matrix of one column.
  const left = a.shape.length === 1 ? o.unsqueeze(a, [0]) : a;
  const right = b.shape.length === 1 ? o.unsqueeze(b, [1]) : b;
  const rows = a.shape.length === 1 ? o.unsqueeze(dy, [b.shape.length === 1 ? dy.shape.length : -2]) : dy;
  const full = b.shape.length === 1 ? o.unsqueeze(rows, [-1]) : rows;
  const da = unbroadcast(o.matmul(full, swapLast(right)), left.shape);
  // One weight for a batch of sequences: one product over the rows of all sequences instead of a sum of small products.
  const db =
    right.shape.length === 2 && left.shape.length >= 2
      ? transposedProduct(asRows(left), asRows(full))
      : unbroadcast(o.matmul(swapLast(left), full), right.shape);
  return [o.reshape(da, a.shape), o.reshape(db, b.shape)];
});

registerSimple(o.GEMM, (dy, [a, b, c], { node }) => {
  if (a === undefined || b === undefined) return [];
  const { alpha: factor = 1, beta = 1 } = node.attributes;
  const alpha = Number(factor);
  const transposeA = intAttribute(node, 'transA', 0) === 1;
  const transposeB = intAttribute(node, 'transB', 0) === 1;
  const da = transposeA
    ? o.gemm(b, dy, undefined, { alpha, transposeA: transposeB, transposeB: true })
    : o.gemm(dy, b, undefined, { alpha, transposeB: !transposeB });
  const db = transposeB
    ? o.gemm(dy, a, undefined, { alpha, transposeA: true, transposeB: transposeA })
    : o.gemm(a, dy, undefined, { alpha, transposeA: !transposeA });
  return [da, db, c === undefined ? undefined : o.mul(unbroadcast(dy, c.shape), Number(beta))];
});

registerSimple(o.EINSUM, (dy, inputs, { node }) => {
  const { operands, result } = parseEquation(node);
  return inputs.map((input, index) => {
    const term = operands[index] ?? '';
    const others = operands.filter((_, at) => at !== index);
    const known = Array.from(term).filter(
      (letter) => result.includes(letter) || others.some((t) => t.includes(letter)),
    );
    const factors = inputs.filter((_, at) => at !== index);
    const summed = o.einsum(`${[result, ...others].join(',')}->${known.join('')}`, dy, ...factors);
    // A letter that only this operand has was summed over, so that the gradient is constant along its axis.
    const spread = o.reshape(
      summed,
      Array.from(term, (letter, axis) => (known.includes(letter) ? (input.shape[axis] ?? 1) : 1)),
    );
    return o.expand(spread, input.shape);
  });
});
