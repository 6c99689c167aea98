import type { Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { Graph, mul, reduceSum, sin, type Tensor } from '../graph/index.js';
import { gradients } from '../graph/gradients/index.js';
import type { MixerLayer, LayerContext } from './layer.js';
import { MIXERS } from './members.js';
import { seededParameters, type ParameterSource } from './parameters.js';
import type { Decay } from './recurrence/decay.js';
import { recurrence } from './recurrence/sequence.js';
import { feed, numbers, openGraph, WIDTH, writeLayer } from './testing/layer-session.js';
import { noise, relativeError } from './testing/rows.js';

const FORMS: readonly LayerContext['form'][] = [{ kind: 'native' }, { kind: 'chunked', chunk: 8 }];
const LENGTH = 37;

/** Logarithms of gates: closed, almost closed, open, and all of these next to each other. */
const GATES: Readonly<Record<string, (index: number) => number>> = {
  'of 0': () => -Infinity,
  'of 1e-30': () => Math.log(1e-30),
  'of 1': () => 0,
  'of 0, 1e-30, 1 and 0.9 in turn': (index) => [-Infinity, Math.log(1e-30), 0, Math.log(0.9)][index % 4] ?? 0,
};

interface Gradients {
  readonly output: Float32Array;
  readonly towards: readonly Float32Array[];
}

/** Runs the recurrence and computes the gradients of Σ o sin(o) with respect to q, k, v and the gates. */
async function differentiate(
  kind: Decay['kind'],
  form: LayerContext['form'],
  gate: (i: number) => number,
  length = LENGTH,
): Promise<Gradients> {
  const [heads, width] = [2, 8];
  const g = new Graph();
  const input = (name: string, columns: number): Tensor => g.input(name, 'float32', [1, length, columns]);
  const [q, k, v] = [input('q', width), input('k', width), input('v', width)];
  const columns = kind === 'vector' ? width : heads;
  const logs = kind === 'scalar' || kind === 'vector' ? input('g', columns) : undefined;
  const decay: Decay =
    kind === 'scalar' || kind === 'vector'
      ? { kind, logs: logs ?? v }
      : kind === 'none'
        ? { kind }
        : { kind, logs: [gate(0), gate(1)] };
  const { output } = recurrence({ q, k, v, heads, decay }, form);
  g.output('o', output);
  const leaves = logs === undefined ? [q, k, v] : [q, k, v, logs];
  gradients(reduceSum(mul(output, sin(output))), leaves).forEach((gradient, i) => g.output(`d${i}`, gradient));
  const session = await openGraph(g);
  const rows = (seed: number): OrtTensor => feed(noise(length * width, seed), 'float32', 1, width);
  const gates = Float32Array.from({ length: length * columns }, (_, i) => gate(i));
  const fed = {
    q: rows(1),
    k: rows(2),
    v: rows(3),
    ...(logs === undefined ? {} : { g: feed(gates, 'float32', 1, columns) }),
  };
  const results = await session.run(fed);
  return { output: numbers(results['o']), towards: leaves.map((_, i) => numbers(results[`d${i}`])) };
}

describe.each(['constant', 'scalar', 'vector'] as const)('the recurrence with %s decay', (kind) => {
  it.each(Object.entries(GATES))(
    'gives equal outputs and gradients without NaN in both forms for gates %s',
    async (_, gate) => {
      const [native, chunked] = await Promise.all(FORMS.map((form) => differentiate(kind, form, gate)));
      for (const found of [native, chunked])
        for (const values of [found?.output, ...(found?.towards ?? [])])
          expect(values?.every(Number.isFinite)).toBe(true);
      expect(relativeError(native?.output ?? [], chunked?.output ?? [])).toBeLessThan(1e-5);
      // Only q, k and v: gates below e^-30 are closed in one form, but count as e^-80 in the gradient of the other.
      for (const i of [0, 1, 2])
        expect(relativeError(native?.towards[i] ?? [], chunked?.towards[i] ?? [])).toBeLessThan(1e-4);
    },
  );
});

it.each(['scalar', 'vector'] as const)(
  'the recurrence gives equal outputs and gradients in both forms for %s gates that open after 1,280 closed steps',
  async (kind) => {
    const length = 2560;
    const columns = kind === 'vector' ? 8 : 2;
    const gate = (index: number): number => (index < 1280 * columns ? -Infinity : Math.log(0.99));
    const [native, chunked] = await Promise.all(
      [FORMS[0], { kind: 'chunked', chunk: 64 } as const].map((form) =>
        differentiate(kind, form ?? { kind: 'native' }, gate, length),
      ),
    );
    expect(relativeError(native?.output ?? [], chunked?.output ?? [])).toBeLessThan(1e-5);
    native?.towards.forEach((gradient, i) =>
      expect(relativeError(gradient, chunked?.towards[i] ?? [])).toBeLessThan(1e-5),
    );
  },
);

/** Parameters that saturate the gates of a member: [member, parameter, values]. */
const SATURATED: readonly [string, RegExp, (index: number) => number][] = [
  ['hgrn2', /forget-bias$/, () => 1e4],
  ['hgrn2', /forget-bias$/, () => -1e4],
  ['hgrn2', /forget-bias$/, () => Math.log(1e-30)],
  ['hgrn2', /forget-bias$/, (index) => [1e4, -1e4, Math.log(1e-30), 0][index % 4] ?? 0],
  ['hydra-hgrn2', /forget-bias$/, (index) => [1e4, -1e4, Math.log(1e-30), 0][index % 4] ?? 0],
  ['lightnet', /key\/weight$/, (index) => (index % 2 === 0 ? 1e3 : -1e3)],
  ['lightnet', /key\/weight$/, () => 0],
  ['feature-fixation', /fix-/, (index) => (index % 3 === 0 ? 1e4 : -1e4)],
  ['feature-fixation', /fix-/, () => -1e4],
  ['tnl', /gate\/weight$/, () => 0],
  ['tnn', /gate\/weight$/, () => 1e3],
];

describe.each(SATURATED)('%s with saturated gates (%s)', (name, parameter, value) => {
  const mixer = MIXERS.find(({ declaration }) => declaration.name === name);
  const parameters: ParameterSource = (own, shape, initial) => {
    const drawn = seededParameters(3)(own, shape, initial);
    return parameter.test(own) ? Float32Array.from({ length: drawn.length }, (_, i) => value(i)) : drawn;
  };
  const ways = (of: MixerLayer): readonly LayerContext['direction'][] =>
    of.declaration.direction === 'either' ? ['causal', 'bidirectional'] : [of.declaration.direction];

  it('gives finite outputs and gradients in both forms and precisions', async () => {
    if (mixer === undefined) return expect.unreachable();
    for (const direction of ways(mixer))
      for (const form of FORMS) {
        const common = { length: LENGTH, direction, form, layer: 0, parameters } as const;
        const { graph, x, output } = writeLayer(mixer, { ...common, dtype: 'float32' });
        const leaves = [x, ...graph.parameters];
        gradients(reduceSum(sin(output)), leaves).forEach((gradient, i) => graph.output(`d${i}`, gradient));
        const values = noise(LENGTH * WIDTH, 6);
        const results = await (await openGraph(graph)).run({ x: feed(values, 'float32') });
        for (const [output, tensor] of Object.entries(results))
          expect(numbers(tensor).every(Number.isFinite), `${direction} ${form.kind} ${output}`).toBe(true);
        const half = await openGraph(writeLayer(mixer, { ...common, dtype: 'float16' }).graph);
        expect(numbers((await half.run({ x: feed(values, 'float16') }))['o']).every(Number.isFinite)).toBe(true);
      }
  });
});
