import { describe, expect, it } from 'vitest';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import {
  add,
  concat,
  exp,
  Graph,
  layerNormalization,
  matmul,
  neg,
  pad,
  readModel,
  reshape,
  serialise,
  serialiseExternal,
  slice,
  softmax,
  toFloat16,
  transpose,
  fromFloat16,
  linearAttention,
} from './index.js';

describe('Graph', () => {
  it('builds a network with named dimensions that onnxruntime runs', async () => {
    const g = new Graph({ name: 'mlp' });
    const x = g.input('x', 'float32', ['B', 'T', 6]);
    const w = g.parameter(
      'w',
      'float32',
      [6, 4],
      Array.from({ length: 24 }, (_, i) => i / 24),
    );
    const heads = transpose(reshape(matmul(x, w), ['B', 'T', 2, 2]), [0, 2, 1, 3]);
    expect(heads.shape).toEqual(['B', 2, 'T', 2]);
    const flat = reshape(heads, ['2*B*T', 2]);
    const y = softmax(reshape(flat, ['B', -1]));
    expect(y.shape).toEqual(['B', '4*T']);
    g.output('y', y);
    const session = await InferenceSession.create(serialise(g));
    const out = await session.run({
      x: new OrtTensor(
        'float32',
        Float32Array.from({ length: 36 }, (_, i) => Math.sin(i)),
        [2, 3, 6],
      ),
    });
    expect(out['y']?.dims).toEqual([2, 12]);
    const row = (out['y']?.data as Float32Array).slice(0, 12);
    expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
  });

  it('gives outputs their names even if another tensor already has the name', async () => {
    const g = new Graph();
    const x = g.input('x', 'float32', [1]);
    const grown = exp(x);
    g.output('x', x);
    g.output('again', x);
    // Each of these two outputs has the name of the other one's tensor.
    const negated = neg(grown);
    g.output(grown.name, negated);
    g.output(negated.name, grown);
    expect(() => g.output('x', grown)).toThrow(expect.objectContaining({ code: 'EARSIGHT_GRAPH_INVALID' }) as Error);
    for (const graph of [g, readModel(serialise(g))]) {
      const session = await InferenceSession.create(serialise(graph));
      const found = await session.run({ x: new OrtTensor('float32', Float32Array.of(0), [1]) });
      const numbers = ['x', 'again', grown.name, negated.name].map((name) => found[name]?.data[0]);
      expect(numbers).toEqual([0, 0, -1, 1]);
    }
    const hidden = new Graph();
    const inside = exp(hidden.input('x', 'float32', [1]));
    hidden.output(inside.name, neg(inside));
    await expect(InferenceSession.create(serialise(hidden))).resolves.toBeDefined();
  });

  it('refuses values that the element type cannot hold, and more weights than one file can hold', () => {
    const invalid = expect.objectContaining({ code: 'EARSIGHT_GRAPH_INVALID' }) as Error;
    const g = new Graph();
    expect(() => g.constant('int64', [1], [0.5])).toThrow(invalid);
    // 2.5 GiB of virtual memory, which is never touched.
    const large = new Float32Array(2 ** 27);
    const x = g.input('x', 'float32', [2 ** 27]);
    const parts = Array.from({ length: 5 }, (_, i) => g.parameter(`w${i}`, 'float32', [2 ** 27], large));
    g.output('y', parts.reduce((sum, part) => add(sum, part), x)); // prettier-ignore
    expect(() => serialise(g)).toThrow(/serialiseExternal/);
  });

  it('reports the operator and both shapes if shapes do not match', () => {
    const g = new Graph();
    const x = g.input('x', 'float32', ['B', 6]);
    const w = g.parameter('w', 'float32', [5, 4], new Float32Array(20));
    expect(() => matmul(x, w)).toThrow(/MatMul cannot take \[B, 6\] and \[5, 4\]: inner dimensions differ: 6 and 5/);
    expect(() => add(x, g.input('z', 'float32', ['N', 6]))).toThrow(
      expect.objectContaining({ code: 'EARSIGHT_GRAPH_SHAPE' }),
    );
    expect(() => layerNormalization(x, w)).toThrow(/LayerNormalization/);
  });

  it('keeps named lengths as sums, so that padding by one and cropping by one gives the old length', () => {
    const g = new Graph();
    const x = g.input('x', 'float32', ['B', 'T', 6]);
    const longer = pad(x, 1, 1, 0);
    expect(longer.shape).toEqual(['B', 'T+1', 6]);
    expect(slice(longer, 1, 0, -1).shape).toEqual(['B', 'T', 6]);
    expect(concat([x, longer], 1).shape).toEqual(['B', '2*T+1', 6]);
  });

  it('builds a float16 network with external weights that onnxruntime runs', async () => {
    const g = new Graph();
    const x = g.input('x', 'float16', [2, 64]);
    const w = g.parameter(
      'w',
      'float16',
      [64, 16],
      Float32Array.from({ length: 1024 }, (_, i) => i / 1024),
    );
    g.output('y', matmul(x, w));
    const { model, data } = serialiseExternal(g, 'w.bin');
    expect(data.length).toBe(2048);
    const session = await InferenceSession.create(model, { externalData: [{ path: 'w.bin', data }] });
    const out = await session.run({
      x: new OrtTensor('float16', toFloat16(Array.from({ length: 128 }, () => 1)), [2, 64]),
    });
    const y = fromFloat16(out['y']?.data as Uint16Array);
    expect(y[0]).toBeCloseTo(
      Array.from({ length: 64 }, (_, i) => (16 * i) / 1024).reduce((a, b) => a + b, 0),
      1,
    );
  });

  it('builds a network with the native linear attention operator that onnxruntime runs', async () => {
    const g = new Graph();
    const [B, T, H, d] = [1, 5, 2, 4];
    const q = g.input('q', 'float32', ['B', 'T', H * d]);
    const k = g.input('k', 'float32', ['B', 'T', H * d]);
    const v = g.input('v', 'float32', ['B', 'T', H * d]);
    const logDecay = g.input('g', 'float32', ['B', 'T', H]);
    const { output, state } = linearAttention(q, k, v, { heads: H, logDecay });
    g.output('o', output);
    g.output('s', state);
    const session = await InferenceSession.create(serialise(g));
    const ones = new OrtTensor('float32', new Float32Array(B * T * H * d).fill(1), [B, T, H * d]);
    const decay = new OrtTensor('float32', new Float32Array(B * T * H).fill(Math.log(0.5)), [B, T, H]);
    const out = await session.run({ q: ones, k: ones, v: ones, g: decay });
    // S_t = 0.5 S_{t-1} + 1: after 5 steps 1.9375, times d.
    expect((out['o']?.data as Float32Array).at(-1)).toBeCloseTo(4 * 1.9375, 5);
    expect(out['s']?.dims).toEqual([1, 2, 4, 4]);
  });
});
