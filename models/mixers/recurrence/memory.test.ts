import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { fromFloat16, Graph, serialise, toFloat16 } from '../../graph/index.js';
import { resolveDevice, type Device } from '../../runtime/devices.js';
import type { Decay } from './decay.js';
import { fastestForm, type FormTimes, type SequenceForm } from './form-table.js';
import { decayReference, createDecayState, stepDecay } from '../testing/references/recurrence.js';
import { recurrence } from './sequence.js';
import { noise, relativeError } from '../testing/rows.js';

const HEADS = 2;
const D = 8;
const FIXED = [-0.01, -0.4];
const KINDS = ['none', 'constant', 'scalar', 'vector'] as const;
/** First steps of the shards of 200 steps: two equal ones, three of which one has a single step, seven of different lengths. */
const SHARDS = [
  [0, 100],
  [0, 70, 71],
  [0, 1, 3, 40, 64, 128, 190],
];
const FORMS: readonly SequenceForm[] = [{ kind: 'native' }, { kind: 'chunked', chunk: 16 }];

interface Rows {
  readonly length: number;
  /** [T, H·d] each. */
  readonly q: Float32Array;
  readonly k: Float32Array;
  readonly v: Float32Array;
  /** [T, H] or [T, H·d]. */
  readonly g: Float32Array;
}

function draw(kind: Decay['kind'], length: number): Rows {
  const gates = noise(length * HEADS * (kind === 'vector' ? D : 1), 9);
  const g = gates.map((x, i) => (i % 31 === 7 ? -Infinity : i % 5 === 0 ? 0 : -0.3 * Math.abs(x)));
  const [q, k, v] = [1, 2, 3].map((seed) => noise(length * HEADS * D, seed));
  if (!q || !k || !v) throw new TypeError('three');
  return { length, q, k, v, g };
}

function part(rows: Rows, start: number, end: number): Rows {
  const cut = (values: Float32Array): Float32Array => {
    const width = values.length / rows.length;
    return values.slice(start * width, end * width);
  };
  return { length: end - start, q: cut(rows.q), k: cut(rows.k), v: cut(rows.v), g: cut(rows.g) };
}

interface Ran {
  readonly o: Float32Array;
  readonly s: Float32Array;
}

async function run(
  kind: Decay['kind'],
  rows: Rows,
  form: SequenceForm,
  setup: { readonly state?: Float32Array; readonly dtype?: 'float32' | 'float16'; readonly device?: Device } = {},
): Promise<Ran> {
  const { state, dtype = 'float32', device = 'cpu' } = setup;
  const { length } = rows;
  const g = new Graph();
  const packed = ['B', length, HEADS * D];
  const gates = ['B', length, kind === 'vector' ? HEADS * D : HEADS];
  const decay: Decay =
    kind === 'none'
      ? { kind }
      : kind === 'constant'
        ? { kind, logs: FIXED }
        : { kind, logs: g.input('g', dtype, gates) };
  const inputs = {
    q: g.input('q', dtype, packed),
    k: g.input('k', dtype, packed),
    v: g.input('v', dtype, packed),
    ...{ heads: HEADS, decay },
    ...(state === undefined ? {} : { state: g.input('s0', dtype, ['B', HEADS, D, D]) }),
  };
  const { output, state: last } = recurrence(inputs, form);
  g.output('o', output);
  g.output('s', last);
  const session = await InferenceSession.create(serialise(g), { executionProviders: [device], logSeverityLevel: 4 });
  const feed = (values: Float32Array, dims: readonly number[]): OrtTensor =>
    dtype === 'float16' ? new OrtTensor('float16', toFloat16(values), dims) : new OrtTensor('float32', values, dims);
  const width = (values: Float32Array): readonly number[] => [1, length, values.length / length];
  const results = await session.run({
    q: feed(rows.q, width(rows.q)),
    k: feed(rows.k, width(rows.k)),
    v: feed(rows.v, width(rows.v)),
    ...(kind === 'scalar' || kind === 'vector' ? { g: feed(rows.g, width(rows.g)) } : {}),
    ...(state === undefined ? {} : { s0: feed(state, [1, HEADS, D, D]) }),
  });
  const numbers = (tensor: OrtTensor | undefined): Float32Array => {
    if (tensor?.data instanceof Float32Array) return tensor.data;
    if (tensor?.data instanceof Uint16Array) return fromFloat16(tensor.data);
    // Versions of Node without Float16Array return the bits, newer ones return numbers.
    return Float32Array.from(tensor?.data as ArrayLike<number>);
  };
  return { o: numbers(results['o']), s: numbers(results['s']) };
}

function head(values: Float32Array, h: number): Float64Array {
  const width = values.length / HEADS;
  const per = width % D === 0 ? D : 1;
  return Float64Array.from(
    { length: width },
    (_, i) => values[Math.floor(i / per) * per * HEADS + h * per + (i % per)] ?? 0,
  );
}

/** The output by the quadratic definition and the final memory by steps. */
function expected(kind: Decay['kind'], rows: Rows): { readonly o: Float64Array; readonly s: Float64Array } {
  const o = new Float64Array(rows.length * HEADS * D);
  const s = new Float64Array(HEADS * D * D);
  for (let h = 0; h < HEADS; h++) {
    const [q, k, v] = [head(rows.q, h), head(rows.k, h), head(rows.v, h)];
    const perStep = kind === 'vector' ? D : 1;
    const logDecay = Float64Array.from({ length: rows.length * perStep }, (_, i) => {
      if (kind === 'none' || kind === 'constant') return kind === 'none' ? 0 : (FIXED[h] ?? 0);
      return rows.g[Math.floor(i / perStep) * perStep * HEADS + h * perStep + (i % perStep)] ?? 0;
    });
    const shape = { length: rows.length, keyWidth: D, valueWidth: D };
    decayReference({ q, k, v, logDecay }, shape).forEach((value, i) => {
      o[Math.floor(i / D) * HEADS * D + h * D + (i % D)] = value;
    });
    const state = createDecayState(D, D);
    for (let t = 0; t < rows.length; t++) {
      const row = (from: Float64Array, width: number): Float64Array => from.subarray(t * width, (t + 1) * width);
      stepDecay(state, { q: row(q, D), k: row(k, D), v: row(v, D), logDecay: row(logDecay, perStep) });
    }
    s.set(state.memory, h * D * D);
  }
  return { o, s };
}

const webgpu = await resolveDevice('webgpu').then(
  () => true,
  () => false,
);

describe.each(KINDS)('the memory of the recurrence with %s decay', (kind) => {
  it.each([1, 10, 65, 300])('is equal to that of the step form after %i steps', async (length) => {
    const rows = draw(kind, length);
    const wanted = expected(kind, rows);
    for (const form of FORMS) expect(relativeError((await run(kind, rows, form)).s, wanted.s)).toBeLessThan(1e-5);
  });

  describe.each(SHARDS)('in shards that start at %s', (...starts) => {
    const rows = draw(kind, 200);
    const shards = starts.map((start, i) => part(rows, start, starts[i + 1] ?? rows.length));

    it('gives the result of one pass when each shard gets the state of the one before', async () => {
      const wanted = expected(kind, rows);
      for (const form of FORMS) {
        let state: Float32Array = new Float32Array(HEADS * D * D);
        const outputs: number[] = [];
        for (const shard of shards) {
          const ran = await run(kind, shard, form, { state });
          outputs.push(...ran.o);
          state = ran.s;
        }
        expect(relativeError(outputs, wanted.o)).toBeLessThan(1e-5);
        expect(relativeError(state, wanted.s)).toBeLessThan(1e-5);
      }
    });

    it('gives the result of one pass when all shards run in parallel and are corrected afterwards', async () => {
      const wanted = expected(kind, rows);
      for (const form of FORMS) {
        const alone = await Promise.all(shards.map((shard) => run(kind, shard, form)));
        let state: Float32Array = new Float32Array(HEADS * D * D);
        const outputs: number[] = [];
        for (const [i, shard] of shards.entries()) {
          // The part of the output that comes from the memory before the shard: with keys of zero the shard writes nothing.
          const silent = { ...shard, k: new Float32Array(shard.k.length) };
          const fix = await run(kind, silent, form, { state });
          const own = alone[i] ?? { o: new Float32Array(), s: new Float32Array() };
          outputs.push(...own.o.map((value, at) => value + (fix.o[at] ?? Number.NaN)));
          state = own.s.map((value, at) => value + (fix.s[at] ?? Number.NaN));
        }
        expect(relativeError(outputs, wanted.o)).toBeLessThan(1e-5);
        expect(relativeError(state, wanted.s)).toBeLessThan(1e-5);
      }
    });
  });

  it('gives float16 outputs within 2 % of the reference', async () => {
    for (const length of [64, 600]) {
      const rows = draw(kind, length);
      const wanted = expected(kind, rows);
      for (const form of FORMS)
        expect(relativeError((await run(kind, rows, form, { dtype: 'float16' })).o, wanted.o)).toBeLessThan(2e-2);
    }
  });

  it.skipIf(!webgpu)('gives the outputs of the reference on webgpu (skips without a Vulkan driver)', async () => {
    for (const length of [10, 150]) {
      const rows = draw(kind, length);
      const wanted = expected(kind, rows);
      for (const form of FORMS)
        expect(relativeError((await run(kind, rows, form, { device: 'webgpu' })).o, wanted.o)).toBeLessThan(1e-5);
    }
  });
});

describe('fastestForm', () => {
  const chosen = (scalar: Record<number, FormTimes>, length: number): string | number => {
    const form = fastestForm('cpu', 'scalar', length, { cpu: { constant: {}, scalar, vector: {} } });
    return form.kind === 'native' ? 'native' : (form.chunk ?? 0);
  };

  it('interpolates between measured lengths linearly in logarithms', () => {
    const measured = {
      64: { native: 1, 'chunked-32': 4, 'chunked-64': 9 },
      4096: { native: 64, 'chunked-32': 4, 'chunked-64': 3 },
    };
    const at = (length: number): string | number => chosen(measured, length);
    // The operator takes length / 64 there, so the chunks' 4 ms are less from 256 on.
    expect([2, 64, 250, 260, 4000, 4096, 1e6].map(at)).toEqual(['native', 'native', 'native', 32, 64, 64, 64]);
  });

  it('estimates a padded chunk from measured lengths that pad their last chunk as well', () => {
    const measured = {
      96: { native: 2, 'chunked-32': 1 },
      100: { native: 2, 'chunked-32': 5 },
      128: { native: 2, 'chunked-32': 1 },
    };
    expect([96, 99, 110, 127, 128].map((length) => chosen(measured, length))).toEqual([
      32,
      'native',
      'native',
      'native',
      32,
    ]);
  });

  it('returns the operator for a device without measurements', () => {
    expect(fastestForm('cuda', 'scalar', 600, {})).toEqual({ kind: 'native' });
  });
});
