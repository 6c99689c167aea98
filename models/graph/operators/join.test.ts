import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { resolveDevice } from '../../runtime/devices.js';
import { gradients } from '../gradients/index.js';
import { concat, Graph, mul, reduceSum, serialise, split } from '../index.js';

const [ROWS, PARTS] = [3, 40];

const webgpu = await resolveDevice('webgpu').then(
  () => true,
  () => false,
);

describe('concat and split, and their gradients', () => {
  for (const device of ['cpu', 'webgpu'] as const)
    it.skipIf(device === 'webgpu' && !webgpu)(
      `handle ${PARTS} parts on ${device}${device === 'webgpu' ? ' (skipped without a Vulkan driver)' : ''}`,
      async () => {
        const g = new Graph();
        const x = g.input('x', 'float32', [ROWS, PARTS]);
        const lengths = new Array<number>(PARTS).fill(1);
        const reversed = concat(split(x, lengths, 1).toReversed(), 1);
        const [dx] = gradients(reduceSum(mul(reversed, mul(reversed, reversed))), [x]);
        g.output('reversed', reversed);
        g.output('dx', dx ?? x);
        for (const { inputs, outputs } of g.nodes) expect(inputs.length + outputs.length).toBeLessThanOrEqual(9);
        const values = Float32Array.from({ length: ROWS * PARTS }, (_, i) => i % 11);
        const session = await InferenceSession.create(serialise(g), { executionProviders: [device] });
        const results = await session.run({ x: new OrtTensor('float32', values, [ROWS, PARTS]) });
        const expected = Array.from(values, (_, at) => {
          const row = Math.floor(at / PARTS);
          return values[row * PARTS + PARTS - 1 - (at % PARTS)];
        });
        expect(Array.from(results['reversed']?.data as Float32Array)).toEqual(expected);
        expect(Array.from(results['dx']?.data as Float32Array)).toEqual(Array.from(values, (v) => 3 * v * v));
      },
    );
});
