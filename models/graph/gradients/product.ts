import { multiplyDims } from '../dim.js';
import type { Tensor } from '../ir.js';
import { intAttribute } from '../operator.js';
import * as o from '../operators/index.js';
import { parseEquation } from '../operators/einsum.js';
import { unbroadcast } from './adjust.js';
import { registerSimple } from './rule.js';

function swapLast(x: Tensor): Tensor {
  const order = x.shape.map((_, axis) => axis);
  const [columns, rows] = [order.pop() ?? 0, order.pop() ?? 0];
  return o.transpose(x, [...order, columns, rows]);
}

/** All leading axes as one: a stack of rows. */
function asRows(x: Tensor): Tensor {
  const rows = x.shape.slice(0, -1).reduce(multiplyDims, 1);
  return o.reshape(x, [rows, x.shape.at(-1) ?? 1]);
}

registerSimple(o.MATMUL, (dy, [a, b]) => {
  if (a === undefined || b === undefined) return [];
  // A vector is a matrix of one row on the left, of one column on the right.
  const left = a.shape.length === 1 ? o.unsqueeze(a, [0]) : a;
  const right = b.shape.length === 1 ? o.unsqueeze(b, [1]) : b;
  const rows = a.shape.length === 1 ? o.unsqueeze(dy, [b.shape.length === 1 ? dy.shape.length : -2]) : dy;
  const full = b.shape.length === 1 ? o.unsqueeze(rows, [-1]) : rows;
  const da = unbroadcast(o.matmul(full, swapLast(right)), left.shape);
  // One weight for a batch of sequences: one product over all their rows, not a sum of small ones.
  const db =
    right.shape.length === 2 && left.shape.length >= 2
      ? o.gemm(asRows(left), asRows(full), undefined, { transposeA: true })
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
    // A letter of this operand alone was summed away: its gradient is the same all along that axis.
    const spread = o.reshape(
      summed,
      Array.from(term, (letter, axis) => (known.includes(letter) ? (input.shape[axis] ?? 1) : 1)),
    );
    return o.expand(spread, input.shape);
  });
});
