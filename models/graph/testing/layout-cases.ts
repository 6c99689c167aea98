import type { Tensor } from '../ir.js';
import * as o from '../operators/index.js';
import type { OperatorCase } from './operator-case.js';

const i64 = (x: Tensor, shape: readonly number[], values: readonly number[]): Tensor =>
  x.graph.constant('int64', shape, values);

/** Cases for operators that move elements, and for scans. */
export const LAYOUT_CASES: readonly OperatorCase[] = [
  {
    name: 'reshape',
    inputs: [['A', 'B', 4]],
    build: (x) => o.reshape(o.transpose(o.reshape(x, [x.shape[0] ?? 0, x.shape[1] ?? 0, 2, 2]), [2, 0, 1, 3]), [2, -1]),
  },
  { name: 'transpose', inputs: [['A', 'B', 'C']], build: (x) => o.transpose(x, [2, 0, 1]) },
  { name: 'unsqueeze and squeeze', inputs: [['A', 1, 'C']], build: (x) => o.squeeze(o.unsqueeze(x, [0, -1]), [2]) },
  { name: 'expand', inputs: [['B', 1]], build: (x) => o.expand(x, [2, x.shape[0] ?? 0, 4]) },
  {
    name: 'concat',
    inputs: [
      ['A', 'B', 'C'],
      ['A', 'D', 'C'],
    ],
    build: (a, b) => o.concat([a, b, a], 1),
  },
  { name: 'split', inputs: [['A', 5]], build: (x) => o.split(x, [2, 3], 1) },
  { name: 'split, one part unused', inputs: [['A', 5]], build: (x) => o.split(x, [2, 3], -1).slice(1) },
  { name: 'slice', inputs: [['A', 'D']], build: (x) => o.slice(x, 1, 1, -1) },
  { name: 'slice, prefix', inputs: [['A', 'D']], build: (x) => o.slice(x, 1, 0, 3) },
  { name: 'slice, suffix', inputs: [['A', 'D']], build: (x) => o.slice(x, 1, -2) },
  { name: 'slice in steps', inputs: [['A', 7]], build: (x) => o.slice(x, 1, 1, 7, 3) },
  { name: 'reverse', inputs: [['A', 'D']], build: (x) => o.reverse(x, 1) },
  { name: 'pad', inputs: [['A', 'B']], build: (x) => o.pad(x, -1, 1, 2, 0.5) },
  { name: 'pad, cutting', inputs: [['A', 'D']], build: (x) => o.pad(x, 1, -1, 2) },
  { name: 'gather', inputs: [[4, 'B']], build: (x) => o.gather(x, i64(x, [2, 3], [0, 3, 1, 1, -1, 0])) },
  { name: 'gather, inner axis', inputs: [['A', 4, 'C']], build: (x) => o.gather(x, i64(x, [3], [2, 2, 0]), 1) },
  {
    name: 'scatterAdd',
    inputs: [
      [4, 'B'],
      [3, 'B'],
    ],
    build: (x, u) => o.scatterAdd(x, i64(x, [3, 1], [1, 1, 3]), u),
  },
  { name: 'triangles', inputs: [['A', 4, 5]], build: (x) => [o.lowerTriangle(x), o.upperTriangle(x, 1)] },
  { name: 'cumSum', inputs: [['A', 'D']], build: (x) => o.cumSum(x, 1) },
  {
    name: 'cumSum, exclusive from the end',
    inputs: [['A', 'D']],
    build: (x) => o.cumSum(x, 0, { exclusive: true, reverse: true }),
  },
  { name: 'dft, real', inputs: [['A', 6, 1]], build: (x) => o.dft(x, 1) },
  { name: 'dft, complex, padded', inputs: [[5, 'A', 2]], build: (x) => o.dft(x, 0, { length: 8 }) },
  { name: 'dft, onesided, odd', inputs: [['A', 7, 1]], build: (x) => o.dft(x, 1, { onesided: true }) },
  { name: 'dft, onesided, cut', inputs: [['A', 7, 1]], build: (x) => o.dft(x, 1, { onesided: true, length: 6 }) },
  { name: 'dft, inverse', inputs: [['A', 4, 2]], build: (x) => o.dft(x, 1, { inverse: true }) },
];
