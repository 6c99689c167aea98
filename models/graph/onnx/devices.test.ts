import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { resolveDevice } from '../../runtime/devices.js';
import { fromFloat16, Graph, serialise, toFloat16 } from '../index.js';
import type { Tensor } from '../index.js';
import * as o from '../operators/index.js';
import { buildCase, numbersOf, relativeDifference } from '../testing/operator-case.js';
import { OPERATOR_CASES } from '../testing/operator-cases.js';

const webgpu = await resolveDevice('webgpu').then(
  () => true,
  () => false,
);

describe.skipIf(!webgpu)('operators on webgpu (skipped without a Vulkan driver)', () => {
  it('agree with the cpu, and so do their gradients', async () => {
    const differing: string[] = [];
    for (const test of OPERATOR_CASES) {
      const { graph, feeds } = buildCase(test, false, 'float32');
      const bytes = serialise(graph);
      const cpu = await InferenceSession.create(bytes);
      const expected = await cpu.run(feeds());
      await cpu.release();
      try {
        const gpu = await InferenceSession.create(bytes, { executionProviders: ['webgpu'], logSeverityLevel: 4 });
        const found = await gpu.run(feeds());
        await gpu.release();
        for (const name of Object.keys(expected)) {
          const difference = relativeDifference(numbersOf(found[name]), numbersOf(expected[name]));
          if (!(difference < 1e-3)) differing.push(`${test.name}: ${name} differs by ${difference}`);
        }
      } catch (error) {
        differing.push(`${test.name}: ${error instanceof Error ? error.message.slice(0, 200) : ''}`);
      }
    }
    expect(differing).toEqual([]);
  }, 400_000);
});

describe('float16', () => {
  it('agrees with float32 to 2e-2 in a small encoder block', async () => {
    const run = async (dtype: 'float16' | 'float32'): Promise<readonly number[]> => {
      const g = new Graph();
      const x = g.input('x', dtype, ['B', 'T', 16]);
      const wave = (count: number, pace: number): number[] =>
        Array.from({ length: count }, (_, i) => Math.sin(i * pace) / 4);
      const weight = (name: string, rows: number, columns: number): Tensor =>
        g.parameter(name, dtype, [rows, columns], wave(rows * columns, 0.7));
      const normal = o.layerNormalization(
        x,
        g.parameter(
          'scale',
          dtype,
          [16],
          Array.from({ length: 16 }, () => 1),
        ),
      );
      const attended = o.multiHeadAttention(
        o.matmul(normal, weight('q', 16, 16)),
        o.matmul(normal, weight('k', 16, 16)),
        normal,
        { heads: 2 },
      );
      g.output('y', o.add(x, o.matmul(o.gelu(o.matmul(attended, weight('up', 16, 32))), weight('down', 32, 16))));
      const session = await InferenceSession.create(serialise(g));
      const values = wave(2 * 7 * 16, 1.3);
      const feed =
        dtype === 'float16'
          ? new OrtTensor('float16', toFloat16(values), [2, 7, 16])
          : new OrtTensor('float32', values, [2, 7, 16]);
      const { y } = await session.run({ x: feed });
      return y?.data instanceof Uint16Array ? Array.from(fromFloat16(y.data)) : numbersOf(y);
    };
    expect(relativeDifference(await run('float16'), await run('float32'))).toBeLessThan(2e-2);
  });

  it('converts to and from float32 by the rounding rules of IEEE 754', () => {
    const pairs: [number, number][] = [
      [1, 0x3c00],
      [-2, 0xc000],
      [65504, 0x7bff],
      [65520, 0x7c00],
      [65519, 0x7bff],
      [2 ** -24, 1],
      [2 ** -25, 0],
      [3 * 2 ** -26, 1],
      [2 ** -14, 0x0400],
      [1 + 2 ** -11, 0x3c00],
      [1 + 3 * 2 ** -11, 0x3c02],
      [Infinity, 0x7c00],
      [-0, 0x8000],
    ];
    for (const [value, bits] of pairs) expect(toFloat16([value])[0], String(value)).toBe(bits);
    expect(toFloat16([NaN])[0]).toBe(0x7e00);
    for (let bits = 0; bits < 0x7c00; bits++) expect(toFloat16(fromFloat16(Uint16Array.of(bits)))[0]).toBe(bits);
  });
});
