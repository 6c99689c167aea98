import type { Tensor } from '../ir.js';
import * as o from '../operators/index.js';
import type { OperatorCase } from './operator-case.js';

/** Values away from zero, for logarithms and quotients. */
const positive = [0.3, 2] as const;

/** Cases for unary, binary, selecting and reducing operators. */
export const ELEMENTWISE_CASES: readonly OperatorCase[] = [
  ...Object.entries({
    neg: o.neg,
    abs: o.abs,
    exp: o.exp,
    sin: o.sin,
    cos: o.cos,
    tanh: o.tanh,
    sigmoid: o.sigmoid,
    relu: o.relu,
    identity: o.identity,
  }).map(([name, build]): OperatorCase => ({ name, inputs: [['A', 'B']], build })),
  ...Object.entries({ log: o.log, sqrt: o.sqrt, reciprocal: o.reciprocal }).map(([name, build]): OperatorCase => ({
    name,
    inputs: [['A', 'B']],
    build,
    range: positive,
  })),
  ...Object.entries({
    // onnxruntime fuses these two into a kernel that exists for float32 only.
    silu: o.silu,
    quickGelu: o.quickGelu,
    softplus: o.softplus,
    erf: o.erf,
    gelu: (x: Tensor) => o.gelu(x),
    microsoftGelu: o.microsoftGelu,
    tanhGelu: (x: Tensor) => o.gelu(x, 'tanh'),
  }).map(([name, build]): OperatorCase => ({ name, inputs: [['A', 'B']], build, dtype: 'float32' })),
  ...Object.entries({ add: o.add, sub: o.sub, mul: o.mul, max: o.max, min: o.min }).flatMap(
    ([name, build]): OperatorCase[] => [
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
  }).flatMap(([name, reduce]): OperatorCase[] => [
    { name, inputs: [['A', 'B', 'C']], build: (x) => reduce(x) },
    { name: `${name} over an axis`, inputs: [['A', 'B', 'C']], build: (x) => reduce(x, { axes: [1] }) },
    {
      name: `${name} over two axes, kept`,
      inputs: [['A', 'B', 'C']],
      build: (x) => reduce(x, { axes: [0, -1], keep: true }),
    },
  ]),
];
