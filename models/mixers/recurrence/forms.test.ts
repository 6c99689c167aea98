import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { Graph, serialise, type Tensor } from '../../graph/index.js';
import { chunkedRecurrence } from './chunked.js';
import type { Decay } from './decay.js';
import { nativeRecurrence } from './native.js';
import { noise, relativeError } from '../testing/rows.js';
import { decayReference } from '../testing/references/recurrence.js';

const HEADS = 2;
const D = 4;
const E = 3;
const LENGTHS = [1, 2, 10, 63, 64, 65, 600, 4096];
const CONSTANT = [-0.05, -0.7];

type Kind = Decay['kind'];

function logsOf(kind: Kind, length: number): Float32Array {
  const width = kind === 'vector' ? HEADS * D : HEADS;
  // A few gates are 0, some 1e-30, some 1, and the rest lies in between.
  return noise(length * width, 9).map((x, i) =>
    i % 31 === 7 ? -Infinity : i % 29 === 3 ? Math.log(1e-30) : i % 5 === 0 ? 0 : -Math.abs(x) * 0.5,
  );
}

async function run(kind: Kind, length: number, form: typeof chunkedRecurrence): Promise<Float32Array> {
  const g = new Graph();
  const q = g.input('q', 'float32', ['B', length, HEADS * D]);
  const k = g.input('k', 'float32', ['B', length, HEADS * D]);
  const v = g.input('v', 'float32', ['B', length, HEADS * E]);
  const width = kind === 'vector' ? HEADS * D : HEADS;
  const decay: Decay =
    kind === 'none'
      ? { kind }
      : kind === 'constant'
        ? { kind, logs: CONSTANT }
        : { kind, logs: g.input('g', 'float32', ['B', length, width]) };
  const { output, state } = form({ q, k, v, heads: HEADS, decay });
  g.output('o', output);
  g.output('s', state);
  const session = await InferenceSession.create(serialise(g));
  const feed = (values: Float32Array, columns: number): OrtTensor =>
    new OrtTensor('float32', values, [1, length, columns]);
  const out = await session.run({
    q: feed(noise(length * HEADS * D, 1), HEADS * D),
    k: feed(noise(length * HEADS * D, 2), HEADS * D),
    v: feed(noise(length * HEADS * E, 3), HEADS * E),
    ...(kind === 'scalar' || kind === 'vector' ? { g: feed(logsOf(kind, length), width) } : {}),
  });
  return out['o']?.data as Float32Array;
}

function reference(kind: Kind, length: number): Float64Array {
  const out = new Float64Array(length * HEADS * E);
  const head = (values: ArrayLike<number>, h: number, width: number, all: number): Float64Array =>
    Float64Array.from(
      { length: length * width },
      (_, i) => values[Math.floor(i / width) * all + h * width + (i % width)] ?? 0,
    );
  for (let h = 0; h < HEADS; h++) {
    const logDecay =
      kind === 'none' || kind === 'constant'
        ? new Float64Array(length).fill(kind === 'none' ? 0 : (CONSTANT[h] ?? 0))
        : kind === 'scalar'
          ? head(logsOf(kind, length), h, 1, HEADS)
          : head(logsOf(kind, length), h, D, HEADS * D);
    const o = decayReference(
      {
        q: head(noise(length * HEADS * D, 1), h, D, HEADS * D),
        k: head(noise(length * HEADS * D, 2), h, D, HEADS * D),
        v: head(noise(length * HEADS * E, 3), h, E, HEADS * E),
        logDecay,
      },
      { length, keyWidth: D, valueWidth: E },
    );
    o.forEach((value, i) => (out[Math.floor(i / E) * HEADS * E + h * E + (i % E)] = value));
  }
  return out;
}

describe.each(['none', 'constant', 'scalar', 'vector'] as const)('the recurrence with %s decay', (kind) => {
  it.each(LENGTHS)('is equal to its reference in the chunked and the native form at length %i', async (length) => {
    const expected = reference(kind, length);
    expect(relativeError(await run(kind, length, chunkedRecurrence), expected)).toBeLessThan(1e-5);
    expect(relativeError(await run(kind, length, nativeRecurrence), expected)).toBeLessThan(1e-5);
  });
});

it('chunkedRecurrence refuses a sequence without steps and a chunk of fewer than one step', () => {
  const write = (length: number, chunk: number): unknown => {
    const g = new Graph();
    const rows = (name: string): Tensor => g.input(name, 'float32', ['B', length, HEADS * D]);
    const inputs = { q: rows('q'), k: rows('k'), v: rows('v'), heads: HEADS, decay: { kind: 'none' } } as const;
    return chunkedRecurrence(inputs, chunk);
  };
  expect(() => write(0, 64)).toThrow(expect.objectContaining({ code: 'EARSIGHT_GRAPH_SHAPE' }));
  for (const chunk of [0, -3, 2.5]) expect(() => write(10, chunk)).toThrow(`${chunk} steps are no chunk`);
});
