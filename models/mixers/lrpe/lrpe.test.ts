import { describe, expect, it } from 'vitest';
import { runLayer, WIDTH } from '../testing/layer-session.js';
import { runReference } from '../testing/reference-layer.js';
import { noise, relativeError } from '../testing/rows.js';
import { lrpe, type Encoding } from './layer.js';
import { lrpeReference } from '../testing/references/linear-attention.js';
import { applyBasis, applyPhase } from '../testing/references/lrpe.js';

const PHASES = ['rotary', 'mixed', 'permutation', 'cosine'] as const;
const ENCODINGS = PHASES.flatMap((phase) =>
  (['identity', 'householder', 'dct'] as const).map((basis): Encoding => ({ phase, basis })),
);

describe.each(ENCODINGS)('LRPE, phase $phase, basis $basis', ({ phase, basis }) => {
  it('is unitary, and the product of two rows depends only on their distance', () => {
    const theta = Float64Array.of(0.9, 0.3, 0.05, 0.01, 0.7, 0.2, 0.11, 0.6);
    const normal = Float64Array.from(noise(8, 5));
    const row = (seed: number, position: number): Float64Array =>
      applyPhase(applyBasis(Float64Array.from(noise(8, seed)), basis, normal), position, phase, theta);
    const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + x * (b[i] ?? NaN), 0);
    expect(dot(row(1, 7), row(1, 7))).toBeCloseTo(dot(row(1, 0), row(1, 0)), 10);
    expect(dot(row(1, 3), row(2, 8))).toBeCloseTo(dot(row(1, 100), row(2, 105)), 9);
    expect(Math.abs(dot(row(1, 3), row(2, 8)) - dot(row(1, 3), row(2, 4)))).toBeGreaterThan(1e-3);
  });

  it.each([1, 2, 10, 63, 64, 65, 600, 4096])('is equal to its reference at length %i', async (length) => {
    const x = noise(length * WIDTH, 1);
    const [mixer, reference] = [lrpe({ phase, basis }), lrpeReference({ phase, basis })];
    for (const direction of length > 600 ? (['causal'] as const) : (['causal', 'bidirectional'] as const))
      for (const form of [{ kind: 'native' }, { kind: 'chunked', chunk: 16 }] as const)
        for (const [dtype, tolerance] of [
          ['float32', 1e-5],
          ['float16', 2e-2],
        ] as const) {
          const writing = { length, direction, layer: 0, form, dtype };
          const steps = runReference(mixer, reference, writing, x, 'steps');
          expect(relativeError(await runLayer(mixer, writing, x), steps)).toBeLessThan(tolerance);
          if (length > 65 || dtype === 'float16') continue;
          expect(relativeError(steps, runReference(mixer, reference, writing, x, 'definition'))).toBeLessThan(1e-10);
        }
  });
});
