import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serialise, type Graph } from '../graph/index.js';
import { hgrn2Layer } from '../mixers/hgrn2/layer.js';
import { lightNetLayer } from '../mixers/lightnet/layer.js';
import { seededParameters } from '../mixers/parameters.js';
import { tnlLayer } from '../mixers/tnl/layer.js';
import { parserNetwork, streamingParser, type ParserShape, type ParserWriting } from './parser.js';

const SECONDS = 40;
/** First segments of the time shards, which have unequal lengths as a real cut makes them. */
const SHARDS = [0, 13, 27];
const SHAPE = {
  audioWidth: 5,
  visualWidth: 7,
  classes: 3,
  width: 16,
  layers: 3,
  heads: 2,
  direction: 'causal',
} as const;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earsight-parser-'));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

const writing = (length: number): ParserWriting => ({
  ...{ parameters: seededParameters(5), form: { kind: 'auto', device: 'cpu' } },
  ...{ length, batch: 1, dtype: 'float32' },
});
const open = (graph: Graph): Promise<InferenceSession> =>
  InferenceSession.create(serialise(graph), { logSeverityLevel: 4 });

const FEATURES = {
  audio: Float32Array.from({ length: SECONDS * 5 }, (_, i) => Math.sin(1.7 * i)),
  visual: Float32Array.from({ length: SECONDS * 7 }, (_, i) => Math.cos(0.9 * i)),
};
function features(first: number, end: number): Record<'audio' | 'visual', Tensor> {
  const cut = (rows: Float32Array, width: number): Tensor =>
    new Tensor('float32', rows.slice(first * width, end * width), [1, end - first, width]);
  return { audio: cut(FEATURES.audio, 5), visual: cut(FEATURES.visual, 7) };
}
function numbers(tensor: Tensor | undefined): Float32Array {
  if (!(tensor?.data instanceof Float32Array)) throw new TypeError('no float32 result');
  return tensor.data;
}

/** Parses one shard with nothing but its rows and the bytes of the state that another worker left. */
async function parseShard(shape: ParserShape, first: number, end: number, state: string | null): Promise<Float32Array> {
  const session = await open(streamingParser(shape, writing(end - first)));
  const carried: Record<string, Tensor> = {};
  const bytes = state === null ? null : await readFile(state);
  let offset = 0;
  for (const input of session.inputMetadata) {
    if (!input.isTensor || !input.name.startsWith('in/')) continue;
    const dims = input.shape.map(Number);
    const values = new Float32Array(dims.reduce((product, dim) => product * dim, 1));
    if (bytes) for (let i = 0; i < values.length; i++) values[i] = bytes.readFloatLE(offset + 4 * i);
    offset += values.byteLength;
    carried[input.name] = new Tensor('float32', values, dims);
  }
  if (bytes) expect(bytes.length).toBe(offset);
  const results = await session.run({ ...features(first, end), ...carried });
  const handed = Object.keys(carried).map((name) => numbers(results[name.replace('in/', 'out/')]));
  await writeFile(join(folder, `state-${end}`), Buffer.concat(handed.map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength)))); // prettier-ignore
  await session.release();
  return numbers(results['segments']);
}

it.each([
  ['tnl', tnlLayer],
  ['hgrn2', hgrn2Layer],
  ['lightnet', lightNetLayer],
])('a parser of %s gives the same outputs over time shards as over the whole video', async (_, mixer) => {
  const shape: ParserShape = { ...SHAPE, mixer };
  const mask = new Tensor('float32', new Float32Array(SECONDS).fill(1), [1, SECONDS, 1]);
  const session = await open(parserNetwork(shape, writing(SECONDS)));
  const whole = numbers((await session.run({ ...features(0, SECONDS), mask }))['segments']);
  const found: number[] = [];
  for (const [index, first] of SHARDS.entries())
    found.push(
      ...(await parseShard(shape, first, SHARDS[index + 1] ?? SECONDS, index === 0 ? null : join(folder, `state-${first}`))), // prettier-ignore
    );
  const largest = (other: ArrayLike<number>): number =>
    Math.max(...Array.from(whole, (value, i) => Math.abs((other[i] ?? Number.NaN) - value)));
  expect(found).toHaveLength(whole.length);
  expect(largest(found)).toBeLessThan(1e-5);
  // Without the state the second shard gives another result, so the state is what makes them equal.
  const [, second = 0, third = 0] = SHARDS;
  const forgetful = await parseShard(shape, second, third, null);
  expect(largest([...found.slice(0, second * 6), ...forgetful, ...found.slice(third * 6)])).toBeGreaterThan(1e-3);
});
