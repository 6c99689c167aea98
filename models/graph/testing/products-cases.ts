import * as o from '../operators/index.js';
import type { OperatorCase } from './operator-case.js';

/** Values away from zero, for quotients. */
const positive = [0.3, 2] as const;

/** Cases for matrix products and normalisations. */
export const PRODUCTS_CASES: readonly OperatorCase[] = [
  {
    name: 'matmul',
    inputs: [
      ['A', 'B'],
      ['B', 'C'],
    ],
    build: o.matmul,
  },
  {
    name: 'matmul, one weight for a batch',
    inputs: [
      ['A', 'B', 'C'],
      ['C', 'D'],
    ],
    build: o.matmul,
  },
  {
    name: 'matmul, batches broadcast',
    inputs: [
      ['A', 1, 'B', 'C'],
      ['D', 'C', 'B'],
    ],
    build: o.matmul,
  },
  { name: 'matmul, vector left', inputs: [['B'], ['A', 'B', 'C']], build: o.matmul },
  { name: 'matmul, vector right', inputs: [['A', 'B', 'C'], ['C']], build: o.matmul },
  { name: 'matmul, two vectors', inputs: [['B'], ['B']], build: o.matmul },
  {
    name: 'gemm',
    inputs: [['A', 'B'], ['B', 'C'], ['C']],
    build: (a, b, c) => o.gemm(a, b, c, { alpha: 0.5, beta: 2 }),
  },
  {
    name: 'gemm, both turned',
    inputs: [
      ['B', 'A'],
      ['C', 'B'],
    ],
    build: (a, b) => o.gemm(a, b, undefined, { transposeA: true, transposeB: true }),
  },
  {
    name: 'gemm, left turned',
    inputs: [
      ['B', 'A'],
      ['B', 'C'],
    ],
    build: (a, b) => o.gemm(a, b, undefined, { transposeA: true }),
  },
  {
    name: 'gemm, right turned',
    inputs: [
      ['A', 'B'],
      ['C', 'B'],
    ],
    build: (a, b) => o.gemm(a, b, undefined, { transposeB: true }),
  },
  {
    name: 'einsum',
    inputs: [
      ['A', 'B', 2, 'C'],
      ['A', 'D', 2, 'C'],
    ],
    build: (q, k) => o.einsum('bthd,bshd->bhts', q, k),
  },
  {
    name: 'einsum, a letter of one operand alone',
    inputs: [
      ['A', 'B'],
      ['B', 'C'],
    ],
    build: (a, b) => o.einsum('ij,jk->i', a, b),
  },
  {
    name: 'einsum, three operands',
    inputs: [
      ['A', 'B'],
      ['B', 'C'],
      ['C', 'D'],
    ],
    build: (a, b, c) => o.einsum('ij,jk,kl->il', a, b, c),
  },
  { name: 'softmax', inputs: [['A', 'B']], build: (x) => o.softmax(x) },
  { name: 'softmax, first axis', inputs: [['A', 'B']], build: (x) => o.softmax(x, 0) },
  { name: 'logSoftmax', inputs: [['A', 'B']], build: (x) => o.logSoftmax(x) },
  { name: 'layerNormalization', inputs: [['A', 'B', 4], [4], [4]], build: (x, s, b) => o.layerNormalization(x, s, b) },
  {
    name: 'layerNormalization over two axes, without bias',
    inputs: [
      ['A', 3, 4],
      [3, 4],
    ],
    build: (x, s) => o.layerNormalization(x, s, undefined, { axis: 1, epsilon: 0.1 }),
  },
  {
    name: 'rmsNormalization',
    inputs: [['A', 'B', 4], [4]],
    build: (x, s) => o.rmsNormalization(x, s, { epsilon: 0.01 }),
  },
  {
    name: 'batchNormalization',
    inputs: [['A', 3, 'C'], [3], [3], [3], [3]],
    range: positive,
    build: (x, scale, bias, mean, variance) => o.batchNormalization(x, { scale, bias, mean, variance }),
  },
];
