import { describe, expect, it } from 'vitest';
import { Graph, reduceSum, serialise } from '../index.js';
import type { Tensor } from '../index.js';
import { declaredOperators, operatorName } from '../operator.js';
import * as o from '../operators/index.js';
import { compareGradients } from './central-differences.js';
import type { GradientCase } from './central-differences.js';
import { gradientRule, gradients } from './index.js';

const positive = [0.3, 2] as const;
const i64 = (x: Tensor, shape: readonly number[], values: readonly number[]) =>
  x.graph.constant('int64', shape, values);

const CASES: readonly GradientCase[] = [
  ...Object.entries({
    neg: o.neg,
    abs: o.abs,
    exp: o.exp,
    sin: o.sin,
    cos: o.cos,
    tanh: o.tanh,
    sigmoid: o.sigmoid,
    relu: o.relu,
    silu: o.silu,
    quickGelu: o.quickGelu,
    identity: o.identity,
  }).map(([name, build]): GradientCase => ({ name, inputs: [['A', 'B']], build })),
  ...Object.entries({ log: o.log, sqrt: o.sqrt, reciprocal: o.reciprocal }).map(([name, build]): GradientCase => ({
    name,
    inputs: [['A', 'B']],
    build,
    range: positive,
  })),
  ...Object.entries({
    softplus: o.softplus,
    erf: o.erf,
    gelu: (x: Tensor) => o.gelu(x),
    microsoftGelu: o.microsoftGelu,
    tanhGelu: (x: Tensor) => o.gelu(x, 'tanh'),
  }).map(([name, build]): GradientCase => ({ name, inputs: [['A', 'B']], build, dtype: 'float32' })),
  ...Object.entries({ add: o.add, sub: o.sub, mul: o.mul, max: o.max, min: o.min }).flatMap(
    ([name, build]): GradientCase[] => [
      {
        name,
        inputs: [
          ['A', 'B'],
          ['A', 'B'],
        ],
        build,
      },
      { name: `${name}, broadcast right`, inputs: [['A', 'B', 'C'], ['C']], build },
      {
        name: `${name}, broadcast both`,
        inputs: [
          ['A', 1, 'C'],
          ['B', 1],
        ],
        build,
      },
      { name: `${name}, scalar`, inputs: [[], ['A', 'B']], build },
    ],
  ),
  {
    name: 'div',
    inputs: [
      ['A', 'B', 'C'],
      ['B', 1],
    ],
    build: o.div,
    range: positive,
  },
  { name: 'pow', inputs: [['A', 'B'], ['B']], build: o.pow, range: positive },
  { name: 'pow, constant exponent, negative base', inputs: [['A', 'B']], build: (x) => o.pow(x, 3) },
  { name: 'square of one tensor', inputs: [['A', 'B']], build: (x) => o.mul(x, x) },
  {
    name: 'where',
    inputs: [['A', 'B'], ['B']],
    build: (x, y) => o.where(o.greater(x, y), o.mul(x, y), y),
    dtype: 'float32',
  },
  { name: 'clip', inputs: [['A', 'B', 'C']], build: (x) => o.clip(x, -0.7, 0.6) },
  {
    name: 'cast',
    inputs: [['A', 'B']],
    build: (x) => o.cast(o.exp(o.cast(x, 'float64')), 'float32'),
    dtype: 'float32',
  },
  ...Object.entries({
    reduceSum: o.reduceSum,
    reduceMean: o.reduceMean,
    reduceMax: o.reduceMax,
    reduceMin: o.reduceMin,
  }).flatMap(([name, reduce]): GradientCase[] => [
    { name, inputs: [['A', 'B', 'C']], build: (x) => reduce(x) },
    { name: `${name} over an axis`, inputs: [['A', 'B', 'C']], build: (x) => reduce(x, { axes: [1] }) },
    {
      name: `${name} over two axes, kept`,
      inputs: [['A', 'B', 'C']],
      build: (x) => reduce(x, { axes: [0, -1], keep: true }),
    },
  ]),
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
  { name: 'conv', inputs: [['A', 2, 6], [3, 2, 3], [3]], build: (x, w, b) => o.conv(x, w, b), dtype: 'float32' },
  {
    name: 'conv, padded, named length',
    inputs: [
      ['A', 2, 'D'],
      [3, 2, 3],
    ],
    build: (x, w) => o.conv(x, w, undefined, { pads: [1, 1] }),
    dtype: 'float32',
  },
  {
    name: 'conv, strided, dilated, grouped',
    inputs: [
      ['A', 4, 8, 7],
      [6, 2, 2, 3],
    ],
    build: (x, w) => o.conv(x, w, undefined, { strides: [3, 2], dilations: [1, 2], pads: [1, 0, 0, 1], group: 2 }),
    dtype: 'float32',
  },
  {
    name: 'conv, one channel a group',
    inputs: [
      ['A', 4, 6],
      [4, 1, 3],
    ],
    build: (x, w) => o.conv(x, w, undefined, { group: 4, pads: [2, 0] }),
    dtype: 'float32',
  },
  {
    name: 'convTranspose',
    inputs: [['A', 4, 4], [4, 3, 3], [6]],
    build: (x, w, b) => o.convTranspose(x, w, b, { strides: [2], group: 2, pads: [1, 0], outputPadding: [1] }),
    dtype: 'float32',
  },
  {
    name: 'multiHeadAttention',
    inputs: [
      ['A', 'B', 4],
      ['A', 'D', 4],
      ['A', 'D', 6],
    ],
    build: (q, k, v) => o.multiHeadAttention(q, k, v, { heads: 2 }),
    dtype: 'float32',
  },
  {
    name: 'multiHeadAttention, causal, biased, of one tensor',
    inputs: [
      ['A', 'B', 4],
      [1, 2, 'B', 'B'],
    ],
    build: (x, attentionBias) => o.multiHeadAttention(x, x, x, { heads: 2, causal: true, scale: 0.7, attentionBias }),
    dtype: 'float32',
  },
  // The last two cross chunks: 70 rows of 64, 20 of 16.
  ...(['linear', 'scalar', 'vector'] as const).flatMap((rule): GradientCase[] =>
    [3, { linear: 70, scalar: 70, vector: 20 }[rule]].map((T) => ({
      name: `linearAttention, ${rule} decay, ${T} steps`,
      inputs: [
        [1, T, 4],
        [1, T, 4],
        [1, T, 6],
        [1, 2, 2, 3],
        ...(rule === 'linear' ? [] : [[1, T, rule === 'scalar' ? 2 : 4]]),
      ],
      range: [-1, -0.05] as const,
      build: (q: Tensor, k: Tensor, v: Tensor, state: Tensor, logDecay?: Tensor) => {
        const got = o.linearAttention(q, k, v, { heads: 2, state, ...(logDecay === undefined ? {} : { logDecay }) });
        return [got.output, got.state];
      },
      dtype: 'float32' as const,
    })),
  ),
];

describe('gradients agree with central differences', () => {
  for (const test of CASES)
    for (const named of [false, true])
      it(`${test.name}${named ? ', named dimensions' : ''}`, async () => {
        const { worst, elements } = await compareGradients(test, named);
        expect(elements).toBeGreaterThan(1);
        expect(worst).toBeLessThan(test.dtype === 'float32' ? 1e-2 : 1e-7);
      });

  it('has a rule for every operator', () => {
    const without = declaredOperators().filter((operator) => gradientRule(operator) === undefined);
    expect(without.map(({ domain, type }) => operatorName(domain, type))).toEqual([]);
  });

  it('gives zeros where the loss does not depend on a tensor', () => {
    const g = new Graph();
    const x = g.input('x', 'float32', ['B', 2]);
    const w = g.parameter('w', 'float32', [3], [1, 2, 3]);
    const [dw] = gradients(reduceSum(x), [w]);
    expect(dw?.shape).toEqual([3]);
    expect(() => gradients(x, [w])).toThrow(/a loss is one number/);
    g.output('dw', dw ?? w);
    expect(serialise(g).length).toBeGreaterThan(10);
  });
});
