import type { Tensor } from '../ir.js';
import * as o from '../operators/index.js';
import type { OperatorCase } from './operator-case.js';

/** Cases for convolutions and attention. */
export const FUSED_CASES: readonly OperatorCase[] = [
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
  // The longer sequences cross a chunk boundary: 70 steps in chunks of 64, 20 steps in chunks of 16.
  ...(['linear', 'scalar', 'vector'] as const).flatMap((rule): OperatorCase[] =>
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
