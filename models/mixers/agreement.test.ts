import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { Graph, serialise, type Tensor } from '../graph/index.js';
import type { LayerContext } from './layer.js';
import { runningAverage, averageOverAllSteps } from './lightnet/average.js';
import { lightNetReference } from './testing/references/lightnet.js';
import { cosineTables, applyCosine } from './lrpe/cosine.js';
import { defaultFrequencies, rotaryTables, applyRotary } from './lrpe/rotary.js';
import { applyPhase } from './testing/references/lrpe.js';
import { MIXERS } from './members.js';
import { DECLARATIONS } from './page.js';
import { seededParameters, type ParameterSource } from './parameters.js';
import { convertToEtsc, createEtscState, stepEtsc } from './testing/references/etsc.js';
import { TOEPLITZ_GAMMA, toeplitzKernel } from './toeplitz/layer.js';
import { directProduct, transformProduct } from './toeplitz/product.js';
import { toeplitzReference } from './testing/references/toeplitz.js';
import { noise, relativeError } from './testing/rows.js';

const LENGTHS = [1, 2, 10, 63, 64, 65, 600];

/** Identity matrices and zero angles, so that a layer does nothing but mix. */
const transparent: ParameterSource = (name, shape) => {
  const [rows = 1, columns = 1] = shape;
  return Float32Array.from({ length: rows * columns }, (_, i) =>
    name.endsWith('theta') ? 0 : Math.floor(i / columns) === i % columns ? 1 : 0,
  );
};

/** Runs what `build` writes on named rows [1, T, w] of one head. */
async function run(
  length: number,
  rows: Readonly<Record<string, Float32Array>>,
  build: (context: LayerContext, inputs: Readonly<Record<string, Tensor>>) => Tensor,
  setting: Partial<LayerContext> = {},
): Promise<Float32Array> {
  const graph = new Graph();
  const width = Object.values(rows).map((values) => values.length / length);
  const inputs = Object.fromEntries(
    Object.entries(rows).map(([name, values]) => [
      name,
      graph.input(name, 'float32', [1, length, values.length / length]),
    ]),
  );
  const context: LayerContext = {
    ...{ graph, dtype: 'float32', parameters: transparent, layer: 1, layers: 2, width: width[0] ?? 1, heads: 1 },
    ...{ direction: 'causal', form: { kind: 'chunked', chunk: 16 }, shared: new Map() },
    ...setting,
  };
  graph.output('o', build(context, inputs));
  const session = await InferenceSession.create(serialise(graph), { logSeverityLevel: 4 });
  const results = await session.run(
    Object.fromEntries(
      Object.entries(rows).map(([name, values]) => [
        name,
        new OrtTensor('float32', values, [1, length, values.length / length]),
      ]),
    ),
  );
  const data = results['o']?.data;
  if (!(data instanceof Float32Array)) throw new TypeError('no float32 result');
  return data;
}

function input(inputs: Readonly<Record<string, Tensor>>, name: string): Tensor {
  const tensor = inputs[name];
  if (tensor === undefined) throw new TypeError(name);
  return tensor;
}

function expectClose(found: ArrayLike<number>, wanted: ArrayLike<number>): void {
  expect(relativeError(found, wanted)).toBeLessThan(1e-5);
}

const doubles = (values: Float32Array): Float64Array => Float64Array.from(values);

describe.each(LENGTHS)('the parts of layers at length %i', (length) => {
  const shape = { length, keyWidth: 8, valueWidth: 8 };
  const x = noise(length * 8, 1);
  const head = { q: doubles(x), k: doubles(x), v: doubles(x) };

  it.each([true, false])('include a LightNet average that is equal to its reference, causal: %s', async (causal) => {
    // Weights from e^-20 to e^20: a running sum of exponentials in float32 would lose the small ones.
    const rows = { q: noise(length * 8, 2), g: noise(length * 8, 3).map((value) => 20 * value), v: x };
    const form = { kind: 'native' } as const;
    const averaged = (context: LayerContext, inputs: Readonly<Record<string, Tensor>>): Tensor => {
      const [q, g, v] = [input(inputs, 'q'), input(inputs, 'g'), input(inputs, 'v')];
      return causal ? runningAverage(q, g, v, context).output : averageOverAllSteps(q, g, v, context, [length]);
    };
    const k = new Float64Array(length * 8).fill(1);
    const wanted = lightNetReference(
      { q: doubles(rows.q), k, v: doubles(rows.v), logits: doubles(rows.g) },
      shape,
      causal,
    );
    expectClose(await run(length, rows, averaged), wanted);
    expectClose(await run(length, rows, averaged, { form }), wanted);
  });

  it.each([true, false])(
    'include direct and transformed Toeplitz products that are equal to the reference, causal: %s',
    async (causal) => {
      const lags = doubles(noise((2 * length - 1) * 8, 4));
      const columns = causal ? length : 2 * length - 1;
      const kernel = (context: LayerContext): Tensor =>
        context.graph.constant(
          'float32',
          [8, columns],
          Array.from({ length: 8 * columns }, (_, i) => {
            const lag = (i % columns) + (causal ? length - 1 : 0);
            return lags[Math.floor(i / columns) * (2 * length - 1) + lag] ?? 0;
          }),
        );
      const wanted = new Float64Array(length * 8);
      for (let c = 0; c < 8; c++)
        toeplitzReference(
          lags.subarray(c * (2 * length - 1), (c + 1) * (2 * length - 1)),
          head.v.filter((_, i) => i % 8 === c),
          causal,
        ).forEach((value, t) => (wanted[t * 8 + c] = value));
      for (const product of [directProduct, transformProduct])
        expectClose(
          await run(length, { x }, (context, inputs) =>
            product(input(inputs, 'x'), { kernel: kernel(context), causal }),
          ),
          wanted,
        );
    },
  );

  it('include rotary and cosine phases that are equal to their references', async () => {
    const parameters = seededParameters(1);
    const phase = (kind: 'rotary' | 'cosine', theta: Float64Array): Float64Array => {
      const wide = kind === 'cosine' ? 16 : 8;
      const out = new Float64Array(length * wide);
      for (let t = 0; t < length; t++) out.set(applyPhase(head.v.subarray(8 * t, 8 * t + 8), t, kind, theta), wide * t);
      return out;
    };
    const turned = await run(
      length,
      { x },
      (context, inputs) => applyRotary(input(inputs, 'x'), 1, rotaryTables(context, length, 8)),
      { parameters },
    );
    expectClose(turned, phase('rotary', defaultFrequencies(4, 8)));
    const widened = await run(
      length,
      { x },
      (context, inputs) => applyCosine(input(inputs, 'x'), 1, cosineTables(context, [length], 8)),
      { parameters },
    );
    expectClose(widened, phase('cosine', defaultFrequencies(8, 16)));
  });
});

describe('LightNet on several axes', () => {
  it('does not depend on the order of the axes without positions, and does with them', async () => {
    const parameters = seededParameters(1);
    const [rows, columns] = [3, 4];
    const values = { q: noise(96, 2), g: noise(96, 3), v: noise(96, 4) };
    const swap = (from: Float32Array): Float32Array =>
      from.map((_, i) => {
        const [t, c] = [Math.floor(i / 8), i % 8];
        return from[((t % rows) * columns + Math.floor(t / rows)) * 8 + c] ?? 0;
      });
    const average =
      (axes: readonly number[]) =>
      (context: LayerContext, inputs: Readonly<Record<string, Tensor>>): Tensor =>
        averageOverAllSteps(input(inputs, 'q'), input(inputs, 'g'), input(inputs, 'v'), context, axes);
    // With angles of zero there are no positions, and a transposed grid is the same grid.
    const upright = await run(12, values, average([rows, columns]));
    const turned = await run(12, { q: swap(values.q), g: swap(values.g), v: swap(values.v) }, average([columns, rows]));
    expectClose(turned, swap(upright));
    // With positions it differs, because the axes have different frequencies.
    const placed = await run(12, values, average([rows, columns]), { parameters });
    const flat = await run(12, values, average([12]), { parameters });
    expect(placed.some((value, i) => Math.abs(value - (flat[i] ?? 0)) > 1e-4)).toBe(true);
  });
});

describe('ETSC', () => {
  it.each([1, 2, 63, 256, 1000])('streams the kernel of a TNN of %i lags exactly over its length', async (length) => {
    const channels = 4;
    const x = noise(length * channels, 3);
    const setting = { parameters: seededParameters(5), width: channels };
    const kernel = (context: LayerContext): Tensor => toeplitzKernel(context, length, channels, true);
    const whole = await run(
      length,
      { x },
      (context, inputs) => transformProduct(input(inputs, 'x'), { kernel: kernel(context), causal: true }),
      setting,
    );
    const lags = await run(length, { x }, (context) => kernel(context), setting);
    const streamed = new Float64Array(length * channels);
    let states = 0;
    for (let c = 0; c < channels; c++) {
      const undamped = doubles(lags.slice(c * length, (c + 1) * length)).map((lag, i) => lag / TOEPLITZ_GAMMA ** i);
      const system = convertToEtsc(undamped, TOEPLITZ_GAMMA);
      const state = createEtscState(system);
      states = system.states;
      for (let t = 0; t < length; t++)
        streamed[t * channels + c] = stepEtsc(system, state, x[t * channels + c] ?? Number.NaN);
    }
    console.log(`ETSC: ${length} lags stream with ${states} complex numbers a channel`);
    expectClose(streamed, whole);
    expect(states).toBe(Math.ceil(length / 2));
  });
});

describe('docs/mixers.md', () => {
  it('lists every member of MIXERS once', () => {
    const declared = DECLARATIONS.map(({ name }) => name);
    for (const { declaration } of MIXERS) expect(declared).toContain(declaration.name);
    expect(new Set(declared).size).toBe(declared.length);
  });
});
