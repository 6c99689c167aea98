import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { Graph, mul, reduceSum, serialise, type Tensor } from '../graph/index.js';
import { gradients } from '../graph/gradients/index.js';
import { residualBlock } from './blocks/residual-block.js';
import type { Carried, MixerLayer, LayerContext } from './layer.js';
import { MIXERS } from './members.js';
import { seededParameters } from './parameters.js';
import { noise, relativeError } from './testing/rows.js';

const WIDTH = 16;
const HEADS = 2;
const LAYERS = 2;

interface Writing {
  readonly length: number;
  readonly direction: LayerContext['direction'];
  readonly form?: LayerContext['form'];
  readonly masked?: boolean;
  readonly streamed?: boolean;
}

interface Written {
  readonly graph: Graph;
  readonly x: Tensor;
  readonly output: Tensor;
}

/** Two blocks of one member, from the input `x` to the output `o`. */
function write(mixer: MixerLayer, writing: Writing): Written {
  const graph = new Graph();
  const { length, direction, form = { kind: 'chunked', chunk: 8 } } = writing;
  const x = graph.input('x', 'float32', ['B', length, WIDTH]);
  const mask = writing.masked ? { mask: graph.input('mask', 'float32', ['B', length, 1]) } : {};
  const shared = new Map<string, Tensor>();
  const common = { graph, dtype: 'float32', parameters: seededParameters(3), layers: LAYERS, width: WIDTH } as const;
  let stream = x;
  for (let layer = 0; layer < LAYERS; layer++) {
    const context: LayerContext = { ...common, heads: HEADS, direction, form, layer, shared, ...mask };
    const types = writing.streamed ? (mixer.carriedTypes?.(context, 'B') ?? {}) : {};
    const carried: Carried | undefined = writing.streamed
      ? Object.fromEntries(
          Object.entries(types).map(([name, type]) => [
            name,
            graph.input(`in_${layer}_${name.replace('-', '_')}`, type.dtype, type.shape),
          ]),
        )
      : undefined;
    const block = graph.scope(`layer-${layer}`, () => residualBlock(stream, mixer, context, carried));
    stream = block.output;
    if (writing.streamed) {
      expect(Object.keys(block.carried).sort()).toEqual(Object.keys(types).sort());
      for (const [name, tensor] of Object.entries(block.carried))
        graph.output(`out_${layer}_${name.replace('-', '_')}`, tensor);
    }
  }
  graph.output('o', stream);
  return { graph, x, output: stream };
}

async function open(graph: Graph): Promise<InferenceSession> {
  return InferenceSession.create(serialise(graph), { logSeverityLevel: 4 });
}

function rows(values: Float32Array, batch: number, width = WIDTH): OrtTensor {
  return new OrtTensor('float32', values, [batch, values.length / width / batch, width]);
}

function data(tensor: OrtTensor | undefined): Float32Array {
  if (!(tensor?.data instanceof Float32Array)) throw new TypeError('no float32 result');
  return tensor.data;
}

const causal = MIXERS.filter((mixer) => mixer.declaration.direction !== 'bidirectional');
const named = (mixers: readonly MixerLayer[]): [string, MixerLayer][] =>
  mixers.map((mixer) => [mixer.declaration.name, mixer]);

describe.each(named(causal))('%s, causal', (_, mixer) => {
  it('gives equal outputs as native operator and as chunks, and no step depends on a later one', async () => {
    const x = noise(2 * 21 * WIDTH, 1);
    const chunked = await open(write(mixer, { length: 21, direction: 'causal' }).graph);
    const native = await open(write(mixer, { length: 21, direction: 'causal', form: { kind: 'native' } }).graph);
    const whole = data((await chunked.run({ x: rows(x, 2) }))['o']);
    expect(relativeError(data((await native.run({ x: rows(x, 2) }))['o']), whole)).toBeLessThan(1e-5);
    const changed = x.slice();
    // The last step of the first sequence.
    changed.fill(9, 20 * WIDTH, 21 * WIDTH);
    const other = data((await chunked.run({ x: rows(changed, 2) }))['o']);
    expect(relativeError(other.slice(0, 20 * WIDTH), whole.slice(0, 20 * WIDTH))).toBeLessThan(1e-6);
    expect(relativeError(other.slice(20 * WIDTH, 21 * WIDTH), whole.slice(20 * WIDTH, 21 * WIDTH))).toBeGreaterThan(
      0.1,
    );
  });

  it('gives a padded sequence the output that it has alone, whatever the padding contains', async () => {
    const [short, long] = [13, 21];
    const x = noise(short * WIDTH, 2);
    // The batch also has a full sequence, and the padding contains noise.
    const batch = noise(2 * long * WIDTH, 5);
    batch.set(x, 0);
    for (const form of [{ kind: 'native' }, { kind: 'chunked', chunk: 8 }] as const) {
      const alone = await open(write(mixer, { length: short, direction: 'causal', form }).graph);
      const padded = await open(write(mixer, { length: long, direction: 'causal', form }).graph);
      const wanted = data((await alone.run({ x: rows(x, 1) }))['o']);
      const results = data((await padded.run({ x: rows(batch, 2) }))['o']);
      expect(relativeError(results.slice(0, short * WIDTH), wanted)).toBeLessThan(1e-5);
    }
  });

  it.skipIf(mixer.carriedTypes === undefined)(
    'gives the output of one pass when streamed in parts (skipped for members that are not streamed)',
    async () => {
      const x = noise(24 * WIDTH, 1);
      const session = await open(write(mixer, { length: 24, direction: 'causal' }).graph);
      const whole = data((await session.run({ x: rows(x, 1) }))['o']);
      for (const form of [{ kind: 'native' }, { kind: 'chunked', chunk: 8 }] as const) {
        for (const length of [1, 12]) {
          const stream = await open(write(mixer, { length, direction: 'causal', form, streamed: true }).graph);
          let carried: Record<string, OrtTensor> = Object.fromEntries(
            stream.inputMetadata.flatMap((input) => {
              if (input.name === 'x' || !input.isTensor) return [];
              const shape = input.shape.map((dim) => (typeof dim === 'number' ? dim : 1));
              const zeros = new Float32Array(shape.reduce((product, dim) => product * dim, 1));
              return [[input.name, new OrtTensor('float32', zeros, shape)]];
            }),
          );
          const parts: number[] = [];
          for (let start = 0; start < 24; start += length) {
            const stretch = rows(x.slice(start * WIDTH, (start + length) * WIDTH), 1);
            const results = await stream.run({ x: stretch, ...carried });
            parts.push(...data(results['o']));
            carried = Object.fromEntries(
              Object.entries(results)
                .filter(([name]) => name !== 'o')
                .map(([name, tensor]) => [name.replace('out_', 'in_'), tensor]),
            );
          }
          expect(relativeError(Float32Array.from(parts), whole)).toBeLessThan(1e-5);
        }
      }
    },
  );
});

const bidirectional = MIXERS.filter((mixer) => mixer.declaration.direction !== 'causal');

describe.each(named(bidirectional))('%s, bidirectional', (_, mixer) => {
  it('gives a masked sequence the output that it has alone', async () => {
    const [short, long] = [13, 21];
    const x = noise(short * WIDTH, 2);
    // The batch also has a full sequence, and the padding contains noise.
    const batch = noise(2 * long * WIDTH, 5);
    batch.set(x, 0);
    const mask = new Float32Array(2 * long).fill(1).fill(0, short, long);
    const ones = rows(new Float32Array(short).fill(1), 1, 1);
    for (const form of [{ kind: 'native' }, { kind: 'chunked', chunk: 8 }] as const) {
      const writing = { direction: 'bidirectional', masked: true, form } as const;
      const alone = await open(write(mixer, { ...writing, length: short }).graph);
      const padded = await open(write(mixer, { ...writing, length: long }).graph);
      const whole = data((await alone.run({ x: rows(x, 1), mask: ones }))['o']);
      const results = data((await padded.run({ x: rows(batch, 2), mask: rows(mask, 2, 1) }))['o']);
      expect(relativeError(results.slice(0, short * WIDTH), whole)).toBeLessThan(1e-5);
    }
  });
});

describe.each(named(bidirectional))('%s, bidirectional', (_, mixer) => {
  it('gives finite outputs and gradients when one row is all padding', async () => {
    const { graph, x, output } = write(mixer, { length: 13, direction: 'bidirectional', masked: true });
    gradients(reduceSum(mul(output, output)), [x, ...graph.parameters]).forEach((d, i) => graph.output(`d${i}`, d));
    const mask = rows(new Float32Array(2 * 13).fill(1, 0, 13), 2, 1);
    const session = await open(graph);
    const results = await session.run({ x: rows(noise(2 * 13 * WIDTH, 2), 2), mask });
    for (const [name, tensor] of Object.entries(results)) expect(data(tensor).every(Number.isFinite), name).toBe(true);
  });
});

describe.each(named(MIXERS))('%s, differentiated', (_, mixer) => {
  it('has the gradients that central differences give', async () => {
    const direction = mixer.declaration.direction === 'bidirectional' ? 'bidirectional' : 'causal';
    const { graph, x, output } = write(mixer, { length: 10, direction });
    // A fixed weight for every element gives a loss that is no more curved than the layer itself.
    const loss = reduceSum(mul(output, graph.constant('float32', [10, WIDTH], noise(10 * WIDTH, 8))));
    graph.output('loss', loss);
    const leaves = [x, ...graph.parameters];
    gradients(loss, leaves).forEach((gradient, index) => graph.output(`d${index}`, gradient));
    // The change along a direction must be the product of gradient and direction.
    const session = await open(graph);
    const values = noise(10 * WIDTH, 4);
    const along = noise(10 * WIDTH, 6);
    const at = async (step: number): Promise<number> => {
      const moved = values.map((value, i) => value + step * (along[i] ?? 0));
      return data((await session.run({ x: rows(moved, 1) }, ['loss']))['loss'])[0] ?? Number.NaN;
    };
    const analytic = await session.run({ x: rows(values, 1) });
    const slope = data(analytic['d0']).reduce((sum, value, i) => sum + value * (along[i] ?? 0), 0);
    const central = ((await at(1e-3)) - (await at(-1e-3))) / 2e-3;
    expect(Math.abs(slope - central) / Math.max(1, Math.abs(central))).toBeLessThan(1e-2);
    // Every parameter must have a gradient that is finite and not all zero.
    graph.parameters.forEach((parameter, index) => {
      const gradient = data(analytic[`d${index + 1}`]);
      expect(gradient.every(Number.isFinite), parameter.name).toBe(true);
      expect(
        gradient.some((value) => value !== 0),
        parameter.name,
      ).toBe(true);
    });
  });
});
