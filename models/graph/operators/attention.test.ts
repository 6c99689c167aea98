import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { Random } from '../../train/random.js';
import { Graph, linearAttention, serialise } from '../index.js';
import { numbersOf, relativeDifference } from '../testing/operator-case.js';

const [T, HEADS, D, E] = [7, 2, 3, 4];

interface Rule {
  readonly decay: 'none' | 'scalar' | 'vector';
  readonly delta: boolean;
}

/** The operator's definition: head by head and step by step, in double precision. */
function recurrence(rule: Rule, scale: number, feeds: Readonly<Record<string, Float32Array>>): number[] {
  const at = (name: string, t: number, index: number, width: number): number => feeds[name]?.[t * width + index] ?? 0;
  const output = new Array<number>(T * HEADS * E).fill(0);
  for (let h = 0; h < HEADS; h++) {
    const state = Array.from({ length: D }, (_, c) =>
      Array.from({ length: E }, (__, e) => feeds['state']?.[(h * D + c) * E + e] ?? 0),
    );
    for (let t = 0; t < T; t++) {
      const k = Array.from({ length: D }, (_, c) => at('k', t, h * D + c, HEADS * D));
      state.forEach((row, c) => {
        const log =
          rule.decay === 'none'
            ? 0
            : rule.decay === 'scalar'
              ? at('decay', t, h, HEADS)
              : at('decay', t, h * D + c, HEADS * D);
        row.forEach((value, e) => (row[e] = Math.exp(log) * value));
      });
      for (let e = 0; e < E; e++) {
        const v = at('v', t, h * E + e, HEADS * E);
        const known = state.reduce((sum, row, c) => sum + (k[c] ?? 0) * (row[e] ?? 0), 0);
        const written = rule.delta ? at('beta', t, h, HEADS) * (v - known) : v;
        state.forEach((row, c) => (row[e] = (row[e] ?? 0) + (k[c] ?? 0) * written));
        output[t * HEADS * E + h * E + e] =
          scale * state.reduce((sum, row, c) => sum + at('q', t, h * D + c, HEADS * D) * (row[e] ?? 0), 0);
      }
    }
  }
  return output;
}

describe('linearAttention agrees with the recurrence of its update rule', () => {
  for (const decay of ['none', 'scalar', 'vector'] as const)
    for (const delta of [false, true])
      it(`with ${decay === 'none' ? 'no' : `a ${decay}`} decay${delta ? ' and the delta rule' : ''}`, async () => {
        const g = new Graph();
        const shapes: Record<string, number[]> = {
          ...{ q: [1, T, HEADS * D], k: [1, T, HEADS * D], v: [1, T, HEADS * E], state: [1, HEADS, D, E] },
          ...{ beta: [1, T, HEADS], decay: [1, T, decay === 'vector' ? HEADS * D : HEADS] },
        };
        const random = new Random(1);
        const feeds = Object.fromEntries(
          Object.entries(shapes).map(([name, dims]) => {
            const values = random.normals(
              dims.reduce((a, b) => a * b, 1),
              0.7,
            );
            return [
              name,
              name === 'decay' ? values.map((x) => -Math.abs(x)) : name === 'beta' ? values.map(Math.abs) : values,
            ];
          }),
        );
        const input = (name: string): ReturnType<Graph['input']> => g.input(name, 'float32', shapes[name] ?? []);
        const [q, k, v, state] = [input('q'), input('k'), input('v'), input('state')];
        const gates = {
          ...(decay === 'none' ? {} : { logDecay: input('decay') }),
          ...(delta ? { beta: input('beta') } : {}),
        };
        g.output('one', linearAttention(q, k, v, { heads: HEADS, state, ...gates }).output);
        g.output('rooted', linearAttention(q, k, v, { heads: HEADS, state, scale: 0, ...gates }).output);
        const session = await InferenceSession.create(serialise(g));
        const out = await session.run(
          Object.fromEntries(
            session.inputNames.map((name) => [name, new OrtTensor('float32', feeds[name] ?? [], shapes[name] ?? [])]),
          ),
        );
        const expected = recurrence({ decay, delta }, 1, feeds);
        expect(relativeDifference(numbersOf(out['one']), expected)).toBeLessThan(1e-5);
        const rooted = expected.map((value) => value / Math.sqrt(D));
        expect(relativeDifference(numbersOf(out['rooted']), rooted)).toBeLessThan(1e-5);
      });
});
