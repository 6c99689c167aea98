import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { featureFixationReference } from './feature-fixation.js';
import { lightNetReference, createLightNetState, stepLightNet } from './lightnet.js';
import { defaultFrequencies } from '../../lrpe/rotary.js';
import { applyPhase } from './lrpe.js';
import { decayReference, symmetricDecayReference, createDecayState, joinDecayStates, stepDecay } from './recurrence.js';
import { convertToEtsc, createEtscState, stepEtsc } from './etsc.js';
import { toeplitzReference } from './toeplitz.js';

const goldenPath = fileURLToPath(new URL('../../../../../shared/oracles/golden.json', import.meta.url));
const here = existsSync(goldenPath);
type Rows = number[][];
interface Golden {
  [name: string]: Rows | number | number[];
}
const golden = here ? (JSON.parse(readFileSync(goldenPath, 'utf8')) as { linear: Golden }).linear : {};

function rows(name: string): Float64Array {
  return Float64Array.from((golden[name] as Rows).flat());
}

function expectClose(found: Float64Array, expected: Float64Array, tolerance = 1e-10): void {
  expect(found.length).toBe(expected.length);
  found.forEach((value, i) => expect(Math.abs(value - (expected[i] ?? Number.NaN))).toBeLessThan(tolerance));
}

describe.skipIf(!here)('the references reproduce the golden case (skips without ../shared/oracles) of', () => {
  const shape = { length: 13, keyWidth: 4, valueWidth: 3 };
  const inputs = here ? { q: rows('q'), k: rows('k'), v: rows('v') } : null;
  const lambda = golden['lambda'] as number;

  it('scalar decay, causal and bidirectional', () => {
    if (!inputs) return expect.unreachable();
    const logDecay = new Float64Array(13).fill(Math.log(lambda));
    expectClose(decayReference({ ...inputs, logDecay }, shape), rows('scalar_decay_causal'));
    expectClose(symmetricDecayReference(inputs, lambda, shape), rows('scalar_decay_bidirectional'));
  });

  it('HGRN2 with the key 1 - forget', () => {
    if (!inputs) return expect.unreachable();
    const forget = rows('forget');
    const hgrn2 = { ...inputs, k: forget.map((f) => 1 - f), logDecay: forget.map(Math.log) };
    expectClose(decayReference(hgrn2, shape), rows('hgrn2_causal_key_is_1_minus_forget'));
  });

  it('LightNet, causal and in one pass', () => {
    if (!inputs) return expect.unreachable();
    // As in the layer of fla, which the golden cases follow, the logit is the key, and k itself is 1.
    const logits = rows('lightnet_logits');
    const lightNet = { ...inputs, k: inputs.k.map(() => 1), logits };
    expectClose(lightNetReference(lightNet, shape, true), rows('lightnet_causal'));
    expectClose(lightNetReference(lightNet, shape, false), rows('lightnet_noncausal'));
  });

  it('relu-normalised linear attention', () => {
    if (!inputs) return expect.unreachable();
    expectClose(featureFixationReference(inputs, shape, null), rows('relu_linear_noncausal_eps1e-6'));
  });

  it('the Toeplitz product and its stream by ETSC', () => {
    const kernel = Float64Array.from(golden['toeplitz_t(-(n-1)..n-1)'] as number[]);
    const v = rows('v');
    const product = rows('toeplitz_times_v');
    const streamed = rows('etsc_causal_toeplitz_gamma_times_v');
    const system = convertToEtsc(kernel.slice(12), golden['etsc_gamma'] as number);
    for (let channel = 0; channel < 3; channel++) {
      const pick = (from: Float64Array): Float64Array => from.filter((_, i) => i % 3 === channel);
      const x = pick(v);
      expectClose(toeplitzReference(kernel, x, false), pick(product));
      const state = createEtscState(system);
      expectClose(
        x.map((sample) => stepEtsc(system, state, sample)),
        pick(streamed),
      );
    }
  });

  it('rotary LRPE without and with decay', () => {
    if (!inputs) return expect.unreachable();
    const theta = defaultFrequencies(2);
    const turn = (from: Float64Array): Float64Array => {
      const out = new Float64Array(from.length);
      for (let t = 0; t < 13; t++) out.set(applyPhase(from.subarray(4 * t, 4 * t + 4), t, 'rotary', theta), 4 * t);
      return out;
    };
    expectClose(turn(inputs.q), rows('rope_halfsplit_q'));
    const logDecay = new Float64Array(13).fill(Math.log(lambda));
    const turned = { q: turn(inputs.q), k: turn(inputs.k), v: inputs.v, logDecay };
    expectClose(decayReference(turned, shape), rows('lrpe_d_causal(rope+decay)'));
  });
});

describe('the step forms', () => {
  const length = 65;
  const shape = { length, keyWidth: 6, valueWidth: 5 };
  const random = (count: number, seed: number): Float64Array =>
    Float64Array.from({ length: count }, (_, i) => Math.sin((i + 1) * 12.9898 * seed) * 1.7);
  const q = random(length * 6, 1);
  const k = random(length * 6, 2);
  const v = random(length * 5, 3);
  const row = (from: Float64Array, t: number, width: number): Float64Array => from.subarray(t * width, (t + 1) * width);

  it.each([
    ['open', () => 0],
    ['shut', () => -Infinity],
    ['tiny', () => Math.log(1e-30)],
    ['mixed', (i: number) => [0, -Infinity, Math.log(1e-30), -0.1][i % 4] ?? 0],
  ])('give the outputs of the reference for vector decay with gates %s', (_, gate) => {
    const logDecay = Float64Array.from({ length: length * 6 }, (_unused, i) => gate(i));
    const expected = decayReference({ q, k, v, logDecay }, shape);
    const state = createDecayState(6, 5);
    for (let t = 0; t < length; t++)
      expectClose(
        stepDecay(state, { q: row(q, t, 6), k: row(k, t, 6), v: row(v, t, 5), logDecay: row(logDecay, t, 6) }),
        row(expected, t, 5),
      );
  });

  it('give the state of the whole sequence when the states of two shards are joined', () => {
    const logDecay = random(length, 4).map((x) => -Math.abs(x));
    const run = (from: number, to: number): ReturnType<typeof createDecayState> => {
      const state = createDecayState(6, 5);
      for (let t = from; t < to; t++)
        stepDecay(state, { q: row(q, t, 6), k: row(k, t, 6), v: row(v, t, 5), logDecay: row(logDecay, t, 1) });
      return state;
    };
    const total = Float64Array.of(logDecay.slice(20).reduce((a, b) => a + b, 0));
    expectClose(joinDecayStates(run(0, 20), run(20, length), total).memory, run(0, length).memory);
  });

  it('give the outputs of the reference for LightNet with masked steps and huge logits', () => {
    const logits = random(length * 6, 5).map((x, i) => (i % 7 === 0 ? -Infinity : 400 * x));
    const expected = lightNetReference(
      { q, k, v, logits: logits.map((x) => (x === -Infinity ? -1e300 : x)) },
      shape,
      true,
    );
    const state = createLightNetState(6, 5);
    for (let t = 0; t < length; t++) {
      const out = stepLightNet(state, { q: row(q, t, 6), k: row(k, t, 6), v: row(v, t, 5), logits: row(logits, t, 6) });
      // The reference treats the masked channels of step 0 as ordinary ones, so only later steps can be compared.
      if (t > 1) expectClose(out, row(expected, t, 5), 1e-9);
      expect(out.every(Number.isFinite)).toBe(true);
    }
  });
});
