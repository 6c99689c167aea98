import { describe, expect, it } from 'vitest';
import { EarsightError } from '../../../core/errors.js';
import { Graph } from '../index.js';
import type { Tensor } from '../index.js';
import * as o from './index.js';

const g = new Graph();
let inputs = 0;
const t = (...shape: (number | string)[]): Tensor => g.input(`x${inputs++}`, 'float32', shape);

const MISTAKES: Readonly<Record<string, () => unknown>> = {
  Add: () => o.add(t('B', 3), t('B', 4)),
  MatMul: () => o.matmul(t('B', 3), t(4, 5)),
  Gemm: () => o.gemm(t(2, 3), t(3, 4), t(5)),
  Einsum: () => o.einsum('ij,jk->ik', t(2, 3), t(4, 5)),
  Conv: () => o.conv(t('B', 3, 8), t(4, 2, 3)),
  Softmax: () => o.softmax(t('B', 3), 2),
  LayerNormalization: () => o.layerNormalization(t('B', 3), t(4)),
  BatchNormalization: () => o.batchNormalization(t('B', 3), { scale: t(3), bias: t(3), mean: t(3), variance: t(4) }),
  ReduceSum: () => o.reduceSum(t('B', 3), { axes: [2] }),
  Reshape: () => o.reshape(t('B', 3), ['B', 4]),
  Transpose: () => o.transpose(t('B', 3), [0, 0]),
  Squeeze: () => o.squeeze(t('B', 3), [1]),
  Expand: () => o.expand(t('B', 3), [4, 4]),
  Concat: () => o.concat([t('B', 3), t('B', 4)], 0),
  Split: () => o.split(t('B', 3), [1, 1], 1),
  Slice: () => o.slice(t('B', 3), 0, 0, 4, 2),
  Gather: () => o.gather(t(3), t(2)),
  ScatterND: () => o.scatterAdd(t(3, 2), g.constant('int64', [2, 1], [0, 1]), t(2, 3)),
  Where: () => o.where(t(2), t(2), t(2)),
  Not: () => o.not(t(2)),
  CumSum: () => o.cumSum(t(2), 1),
  DFT: () => o.dft(t(4, 3), 0),
  'com.microsoft.MultiHeadAttention': () =>
    o.multiHeadAttention(t('B', 'T', 6), t('B', 'S', 6), t('B', 'S', 6), { heads: 4 }),
  'com.microsoft.LinearAttention': () =>
    o.linearAttention(t('B', 'T', 4), t('B', 'T', 4), t('B', 'S', 4), { heads: 2 }),
};

describe('shape inference', () => {
  for (const [name, make] of Object.entries(MISTAKES))
    it(`reports the operator and the shapes for a mistake in ${name}`, () => {
      const error = (() => {
        try {
          make();
        } catch (thrown) {
          return thrown;
        }
        return undefined;
      })();
      expect(error).toBeInstanceOf(EarsightError);
      expect(error).toMatchObject({ code: 'EARSIGHT_GRAPH_SHAPE', details: { operator: name } });
      expect(String(error)).toMatch(/cannot take .*\[/);
    });

  const refused: Readonly<Record<string, () => unknown>> = {
    'a reshape with two inferred axes': () => o.reshape(t(4), [-1, -1]),
    'a reshape to negative axes': () => o.reshape(t(8), [-2, -4]),
    'a reshape with allowzero and an axis of 0': () =>
      g.apply(o.RESHAPE, [t(0, 4), g.constant('int64', [2], [4, 0])], { allowzero: 1 }),
    'an unsqueeze that adds an axis twice': () => o.unsqueeze(t(3), [0, 0]),
    'a slice with step 0': () => o.slice(t(3), 0, 0, 3, 0),
    'a slice that names an axis twice': () => {
      const twice = (a: number, b: number): Tensor => g.constant('int64', [2], [a, b]);
      return g.apply(o.SLICE, [t(3), twice(0, 0), twice(2, 1), twice(0, 0)]);
    },
    'a DFT along the axis of real and imaginary parts': () => o.dft(t(4, 2), 1),
    'a one-sided DFT of complex numbers': () => o.dft(t(4, 2), 0, { onesided: true }),
    'a one-sided inverse DFT': () => o.dft(t(4, 1), 0, { onesided: true, inverse: true }),
    'a remainder of fractions': () => o.mod(t(2), 2),
    'a top-k of more elements than there are': () => o.topK(t(2), 5),
    'a pooling window wider than the picture': () =>
      o.maxPool(t(1, 1, 2, 2), { kernel: [5, 5], strides: [1, 1], pads: [0, 0, 0, 0] }),
    'a convolution whose maps cannot be divided into the groups': () =>
      o.conv(t(1, 4, 4), t(3, 2, 2), undefined, { group: 2 }),
    'a transposed convolution whose channels cannot be divided into the groups': () =>
      o.convTranspose(t(1, 3, 4), t(3, 1, 2), undefined, { group: 2 }),
    'a bias of the wrong length': () => o.convTranspose(t(1, 3, 4), t(3, 1, 2), t(3)),
    'a convolution with too few strides': () => o.conv(t(1, 1, 4, 4), t(1, 1, 2, 2), undefined, { strides: [2] }),
    'a stride of 0': () => o.conv(t(1, 1, 4), t(1, 1, 2), undefined, { strides: [0] }),
    'a scatter with int32 indices': () => o.scatterAdd(t(3, 2), g.constant('int32', [2, 1], [0, 1]), t(2, 2)),
  };
  it.each(Object.entries(refused))('refuses %s, which onnxruntime refuses or misinterprets', (_, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'EARSIGHT_GRAPH_SHAPE' }) as Error);
  });

  it('reduces all axes if none are given, or none if noop_with_empty_axes is set', () => {
    const none = g.constant('int64', [0], []);
    const noop = { noop_with_empty_axes: 1 };
    expect(g.apply(o.REDUCE_SUM, [t(2, 3), none])[0]?.shape).toEqual([1, 1]);
    expect(g.apply(o.REDUCE_SUM, [t(2, 3)], noop)[0]?.shape).toEqual([2, 3]);
    expect(g.apply(o.REDUCE_SUM, [t(2, 3), none], noop)[0]?.shape).toEqual([2, 3]);
  });

  it('reports mistakes other than shapes with their own codes', () => {
    const invalid = expect.objectContaining({ code: 'EARSIGHT_GRAPH_INVALID' }) as Error;
    expect(() => o.add(t(2), new Graph().input('x', 'float32', [2]))).toThrow(invalid);
    expect(() => g.input('x0', 'float32', [2])).toThrow(invalid);
    expect(() => g.input('y', 'float32', ['B*B'])).toThrow(invalid);
    expect(() => o.rmsNormalization(new Graph({ opset: 21 }).input('x', 'float32', [2]), t(2))).toThrow(invalid);
    expect(() => g.parameter('p', 'float32', [3], [1, 2])).toThrow(/2 values do not fill it/);
  });
});
