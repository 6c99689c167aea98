import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { geometryName, type FrameEncoder, type FrameGeometry, type ModelIdentity, type SoundEncoder } from '../../models/encoders/encoder.js'; // prettier-ignore
import { add, cast, gather, Graph, matmul, mul, serialise, slice } from '../../models/graph/index.js';
import type { LoadedPacks } from '../../models/packs/loaded-packs.js';
import { InferencePool, type PooledModel } from '../../models/runtime/inference-pool.js';
import { toEarsightError } from '../../core/errors.js';
import { Artefact } from '../../core/stage.js';
import type { MediaInfo } from '../extract/media-info.js';
import { encodeInfoSchema } from './encode-info.js';
import { encodeStage } from './encode-stage.js';

const CLIPS = 200;
const AT_ONCE = 24;
const LONGEST = 40;
const GEOMETRY: FrameGeometry = { width: 2, height: 2, fit: 'stretch' };
const PIXELS = 12;
const RATE = 50;
/** A value beyond the network's table, which makes the whole batch fail. */
const POISON = 255;
const TABLE = 200;

type Outcome = 'ok' | 'poisoned' | 'cancelled';
interface Clip {
  readonly id: number;
  readonly seconds: number;
  readonly outcome: Outcome;
}

/** The generator of Numerical Recipes: gives the same shuffle in every run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** `y` = [256 x₀ + x₁, x₂]: the clip and the second of the item. x₃ is looked up in a table that is too short for POISON. */
function marker(width: number): Uint8Array {
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['batch', width]);
  const weights = Array.from({ length: width * 2 }, (_, i) => ({ 0: 256, 2: 1, 5: 1 })[i] ?? 0);
  const table = graph.constant('float32', [TABLE], new Float32Array(TABLE));
  const looked = mul(gather(table, cast(slice(x, 1, 3, 4), 'int64')), 0);
  graph.output('y', add(matmul(x, graph.constant('float32', [width, 2], weights)), looked));
  return serialise(graph);
}

let folder: string;
let pool: InferencePool;
let frames: PooledModel;
let sounds: PooledModel;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earsight-shuffle-'));
  pool = await InferencePool.open({ device: 'cpu', threads: 2 });
  const load = async (name: string, width: number): Promise<PooledModel> => {
    const path = join(folder, `${name}.onnx`);
    await writeFile(path, marker(width));
    const preparation = { kind: 'tensors', inputs: [{ name: 'x', type: 'float32' }] } as const;
    return await pool.load({ name, path, preparation, outputs: ['y'], finish: { kind: 'none' }, maxBatch: 32, warmUp: [] }); // prettier-ignore
  };
  frames = await load('frames', PIXELS);
  sounds = await load('sounds', 4);
});
afterAll(async () => {
  await pool.close();
  await rm(folder, { recursive: true, force: true });
});

async function infer(
  model: PooledModel,
  items: Float32Array,
  width: number,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const count = items.length / width;
  const [result] = await model.run([{ type: 'float32', dims: [width], data: items }], count, signal);
  if (!(result?.data instanceof Float32Array)) throw new TypeError('no float32 result');
  return result.data;
}

function identity(role: ModelIdentity['role'], digit: string): ModelIdentity {
  return { pack: 'test', name: role, role, licence: 'MIT', sha256: digit.repeat(64) };
}

const common = { meaning: 'softmax', width: 2, classes: ['clip', 'second'] } as const;
const frameEncoder: FrameEncoder = {
  ...common,
  identity: identity('image-tags', 'a'),
  geometry: GEOMETRY,
  encode: async (pixels, _, signal) => await infer(frames, Float32Array.from(pixels), PIXELS, signal),
};
const soundEncoder: SoundEncoder = {
  ...common,
  identity: identity('audio-tags', 'b'),
  sampleRateHz: RATE,
  windowsSec: [1],
  ends: 'inside',
  encode: async (sound, windows, signal) => {
    const items = windows.flatMap(({ start }) => {
      const sample = Math.round((sound[start] ?? 0) * 32_768);
      return [Math.floor(sample / (256 * 64)), Math.floor(sample / 64) % 256, sample % 64, 0];
    });
    return await infer(sounds, Float32Array.from(items), 4, signal);
  },
};

/** Every frame and every second of sound encodes its clip and second. */
async function writeClip({ id, seconds, outcome }: Clip): Promise<string> {
  const extract = join(folder, `extract-${id}`);
  await mkdir(extract);
  const poisoned = outcome === 'poisoned' ? Math.floor(seconds / 2) : -1;
  const pixels = Array.from({ length: seconds }, (_, s) => [id >> 8, id & 255, s, s === poisoned ? POISON : 0, ...new Array<number>(8).fill(0)]); // prettier-ignore
  const info: MediaInfo = {
    ...{ schema: 1, container: 'test', durationSec: seconds, originSec: 0, frameMode: 'all', segmentSec: 1 },
    video: {
      ...{ codec: 'test', width: 2, height: 2, rotationDegrees: 0, sampleAspect: '1:1', averageFrameRate: '1/1' },
      ...{ variableFrameRate: false, decodedFrames: seconds, startSec: 0, endSec: seconds },
    },
    audio: {
      ...{ codec: 'test', sampleRateHz: RATE, channels: 1, tracks: 1, endSec: seconds },
      ...{ integratedLufs: null, loudnessRangeLu: null, truePeakDbtp: null },
    },
    frameTimesSec: Array.from({ length: seconds }, (_, s) => s),
    segmentFrame: Array.from({ length: seconds }, (_, s) => s),
    frames: [{ geometry: geometryName(GEOMETRY), file: 'frames.rgb', width: 2, height: 2 }],
    waves: [{ sampleRateHz: RATE, file: 'wave.s16', samples: seconds * RATE }],
    ...{ motion: null, loudness: null, warnings: [] },
  };
  await writeFile(join(extract, 'media.json'), JSON.stringify(info));
  await writeFile(join(extract, 'frames.rgb'), Uint8Array.from(pixels.flat()));
  const wave = Int16Array.from({ length: seconds * RATE }, (_, i) => id * 64 + Math.floor(i / RATE));
  await writeFile(join(extract, 'wave.s16'), new Uint8Array(wave.buffer));
  return extract;
}

async function encode(clip: Clip, stop: AbortController): Promise<string> {
  const extract = await writeClip(clip);
  const target = join(folder, `encode-${clip.id}`);
  await mkdir(target);
  const packs: LoadedPacks = {
    ...{ names: ['test'], identities: [], geometries: [GEOMETRY], sampleRatesHz: [RATE], device: 'cpu' },
    ...{
      frames: [frameEncoder],
      sounds: [soundEncoder],
      detectors: [],
      faces: null,
      poses: null,
      speech: null,
      transcriber: null,
      textFor: () => null,
    },
  };
  await encodeStage.run({
    source: { path: `${clip.id}.mp4`, sha256: '0'.repeat(64), bytes: 1 },
    sourceFile: () => Promise.resolve(`${clip.id}.mp4`),
    params: {},
    inputs: { extract: new Artefact({ key: 'k', stage: 'extract', folder: extract }) },
    folder: target,
    services: { packs: () => Promise.resolve(packs), cacheFolder: folder },
    signal: stop.signal,
    progress: () => undefined,
    warn: () => undefined,
  });
  return target;
}

it('encodes 200 clips of random sizes in random order, some of which fail, and mixes up no results', async () => {
  const random = randomFrom(7);
  const clips = Array.from({ length: CLIPS }, (_, id): Clip => {
    const lot = random();
    const outcome: Outcome = lot < 0.1 ? 'poisoned' : lot < 0.2 ? 'cancelled' : 'ok';
    return { id, seconds: 1 + Math.floor(random() * LONGEST), outcome };
  });
  const order = clips.map((clip) => ({ clip, at: random() })).sort((a, b) => a.at - b.at);
  const waiting = order.map(({ clip }) => clip);
  const ends = new Map<number, string>();
  const worker = async (): Promise<void> => {
    for (let clip = waiting.shift(); clip !== undefined; clip = waiting.shift()) {
      const stop = new AbortController();
      const { id, outcome } = clip;
      if (outcome === 'cancelled') setTimeout(() => stop.abort(), random() * 5);
      ends.set(id, await encode(clip, stop).catch((error: unknown) => toEarsightError(error).code));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));

  let checked = 0;
  for (const { id, seconds, outcome } of clips) {
    const end = ends.get(id) ?? '';
    if (outcome === 'poisoned') {
      expect(end, `clip ${id}`).toBe('EARSIGHT_MODEL_FAILED');
      continue;
    }
    // A cancelled clip may have finished before the cancellation; then it must be complete.
    if (outcome === 'cancelled' && end === 'EARSIGHT_CANCELLED') continue;
    const { encoders } = encodeInfoSchema.parse(JSON.parse(await readFile(join(end, 'encode.json'), 'utf8')));
    expect(encoders.map(({ modality }) => modality)).toEqual(['visual', 'audio']);
    const wanted = Array.from({ length: seconds }, (_, second) => [id, second]).flat();
    for (const { file } of encoders) {
      const bytes = await readFile(join(end, file));
      const rows = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
      expect(rows, `clip ${id}, ${file}`).toEqual(wanted);
    }
    checked += 1;
  }
  expect(checked).toBeGreaterThan(CLIPS * 0.75);
  // The test is only meaningful if batches held items of several clips.
  const { items, batches } = pool.speedOfLight();
  expect(items / batches).toBeGreaterThan(16);
});
