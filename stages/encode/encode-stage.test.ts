import { copyFile, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type {
  FrameEncoder,
  FrameGeometry,
  ModelIdentity,
  ObjectDetector,
  SoundEncoder,
} from '../../models/encoders/encoder.js';
import { geometryName } from '../../models/encoders/encoder.js';
import type { LoadedPacks } from '../../models/packs/loaded-packs.js';
import { Artefact, selectInputs } from '../../core/stage.js';
import type { MediaInfo } from '../extract/media-info.js';
import { encodeInfoSchema, objectsRowSchema, type EncodeInfo } from './encode-info.js';
import { encodeStage } from './encode-stage.js';
import { encodePartStage } from './shards/encode-part-stage.js';
import { joinEncodeStage } from './shards/join-encode-stage.js';

const geometry: FrameGeometry = { width: 2, height: 2, fit: 'stretch' };
const RATE = 100;
const FRAMES = 70;
const SEGMENTS = 75;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earsight-encode-'));
  await mkdir(join(folder, 'extract'));
  await mkdir(join(folder, 'encode'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** All pixels of frame f are f; all samples of second t are t / 100. */
async function writeMedia(): Promise<void> {
  const info: MediaInfo = {
    schema: 1,
    container: 'test',
    durationSec: SEGMENTS,
    originSec: 0,
    frameMode: 'all',
    segmentSec: 1,
    video: {
      codec: 'test',
      width: 200,
      height: 100,
      rotationDegrees: 0,
      sampleAspect: '1:1',
      averageFrameRate: '25/1',
      variableFrameRate: false,
      decodedFrames: FRAMES,
      startSec: 0,
      endSec: FRAMES,
    },
    audio: {
      codec: 'test',
      sampleRateHz: RATE,
      channels: 1,
      tracks: 1,
      endSec: SEGMENTS,
      integratedLufs: null,
      loudnessRangeLu: null,
      truePeakDbtp: null,
    },
    frameTimesSec: Array.from({ length: FRAMES }, (_, f) => f),
    segmentFrame: Array.from({ length: SEGMENTS }, (_, t) => Math.min(t, FRAMES - 1)),
    frames: [{ geometry: geometryName(geometry), file: 'frames.rgb', width: 2, height: 2 }],
    waves: [{ sampleRateHz: RATE, file: 'wave.s16', samples: SEGMENTS * RATE }],
    motion: null,
    loudness: null,
    warnings: [],
  };
  await writeFile(join(folder, 'extract', 'media.json'), JSON.stringify(info));
  await writeFile(
    join(folder, 'extract', 'frames.rgb'),
    Uint8Array.from({ length: FRAMES * 12 }, (_, i) => Math.floor(i / 12)),
  );
  const wave = Int16Array.from({ length: SEGMENTS * RATE }, (_, i) => (Math.floor(i / RATE) / 100) * 32_768);
  await writeFile(join(folder, 'extract', 'wave.s16'), new Uint8Array(wave.buffer));
}

function identity(name: string, role: ModelIdentity['role'], digit: string): ModelIdentity {
  return { pack: 'test', name, role, licence: 'MIT', sha256: digit.repeat(64) };
}

/** Delays so that later chunks are answered before earlier ones. */
let answered = 0;
async function outOfOrder(): Promise<void> {
  answered += 1;
  await delay(12 - 3 * (answered % 4));
}

const pixels: FrameEncoder = {
  identity: identity('pixels', 'image-tags', 'a'),
  geometry,
  meaning: 'softmax',
  width: 2,
  classes: ['value', 'twice'],
  async encode(frames, count) {
    await outOfOrder();
    return Float32Array.from({ length: count * 2 }, (_, i) => (frames[Math.floor(i / 2) * 12] ?? 0) * (1 + (i % 2)));
  },
};
const middle: SoundEncoder = {
  identity: identity('middle', 'audio-tags', 'b'),
  sampleRateHz: RATE,
  windowsSec: [1, 3],
  ends: 'inside',
  meaning: 'sigmoid',
  width: 2,
  classes: ['first', 'last'],
  async encode(sound, windows) {
    await outOfOrder();
    return Float32Array.from(
      windows.flatMap(({ start, length }) => [sound[start] ?? -1, sound[start + length - 1] ?? -1]),
    );
  },
};
const boxes: ObjectDetector = {
  identity: identity('boxes', 'objects', 'c'),
  geometry,
  classes: ['thing'],
  presentFrom: 0.3,
  async detect(frames, count, aspect) {
    await outOfOrder();
    return Array.from({ length: count }, (_, i) => [
      { label: 'thing', confidence: (frames[i * 12] ?? 0) / 100, x: 0, y: 0, width: aspect / 2, height: 1 },
    ]);
  },
};

function packs(parts: Partial<LoadedPacks>): LoadedPacks {
  return {
    names: ['test'],
    identities: [],
    geometries: [geometry],
    sampleRatesHz: [RATE],
    device: 'cpu',
    frames: [],
    sounds: [],
    faces: null,
    poses: null,
    detectors: [],
    speech: null,
    transcriber: null,
    textFor: () => null,
    ...parts,
  };
}

function artefact(stage: string): Artefact {
  return new Artefact({ key: `k ${stage}`, stage, folder: join(folder, stage) });
}

async function run(loaded: LoadedPacks | null, signal = new AbortController().signal): Promise<EncodeInfo> {
  await encodeStage.run({
    source: { path: 'x.mp4', sha256: '0'.repeat(64), bytes: 1 },
    sourceFile: () => Promise.resolve('x.mp4'),
    params: {},
    inputs: { extract: artefact('extract') },
    folder: join(folder, 'encode'),
    services: { packs: () => Promise.resolve(loaded), cacheFolder: join(folder, 'cache') },
    signal,
    progress: () => undefined,
    warn: () => undefined,
  });
  return encodeInfoSchema.parse(JSON.parse(await readFile(join(folder, 'encode', 'encode.json'), 'utf8')));
}

async function rows(info: EncodeInfo, index: number): Promise<Float32Array> {
  const bytes = await readFile(join(folder, 'encode', info.encoders[index]?.file ?? ''));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

describe('encodeStage', () => {
  it('writes every row at the position of its frame, in whatever order the encoder answers', async () => {
    await writeMedia();
    const info = await run(packs({ frames: [pixels] }));
    expect(info.encoders[0]).toMatchObject({ modality: 'visual', rows: FRAMES, width: 2, windowsSec: [] });
    expect([...(await rows(info, 0))]).toEqual(Array.from({ length: FRAMES }, (_, f) => [f, 2 * f]).flat());
    expect(info.segmentFrame[SEGMENTS - 1]).toBe(FRAMES - 1);
  });

  it('centres each window on its segment and moves it inside the sound at the ends', async () => {
    await writeMedia();
    const info = await run(packs({ sounds: [middle] }));
    const found = [...(await rows(info, 0))].map((value) => Math.round(value * 100));
    const narrow = Array.from({ length: SEGMENTS }, (_, t) => [t, t]).flat();
    const wide = Array.from({ length: SEGMENTS }, (_, t) => Math.max(0, Math.min(t - 1, SEGMENTS - 3)));
    expect(found).toEqual([...narrow, ...wide.flatMap((first) => [first, first + 2])]);
  });

  it('lets windows contain silence beyond the ends when the network was trained that way', async () => {
    await writeMedia();
    const info = await run(packs({ sounds: [{ ...middle, ends: 'silence' }] }));
    expect(info.encoders[0]?.ends).toBe('silence');
    const found = [...(await rows(info, 0))].map((value) => Math.round(value * 100));
    const wide = Array.from({ length: SEGMENTS }, (_, t) => [Math.max(0, t - 1), t + 1 < SEGMENTS ? t + 1 : 0]);
    expect(found.slice(2 * SEGMENTS)).toEqual(wide.flat());
  });

  it('writes objects in the order of the frames', async () => {
    await writeMedia();
    await run(packs({ detectors: [boxes] }));
    const lines = (await readFile(join(folder, 'encode', 'objects.jsonl'), 'utf8')).trim().split('\n');
    const found = lines.map((line) => objectsRowSchema.parse(JSON.parse(line)));
    expect(found.map((row) => row.frame)).toEqual(Array.from({ length: FRAMES }, (_, f) => f));
    expect(found[42]?.objects[0]).toMatchObject({ confidence: 0.42, width: 1 });
  });

  it('measures the level of each segment', async () => {
    await writeMedia();
    const info = await run(packs({ sounds: [middle] }));
    expect(info.levelsDbfs).toHaveLength(SEGMENTS);
    expect(info.levelsDbfs[0]).toBe(-120);
    expect(info.levelsDbfs[50]).toBeCloseTo(20 * Math.log10(0.5), 1);
  });

  it('encodes nothing without a pack, and records that no device was used', async () => {
    await writeMedia();
    expect(await run(null)).toMatchObject({ device: null, encoders: [], detectors: [], segments: SEGMENTS });
  });

  it('refuses an encoder that answers with another number of rows', async () => {
    await writeMedia();
    const short: FrameEncoder = { ...pixels, encode: () => Promise.resolve(new Float32Array(2)) };
    await expect(run(packs({ frames: [short] }))).rejects.toMatchObject({ code: 'EARSIGHT_MODEL_FAILED' });
  });

  it('refuses NaN in rows and in boxes', async () => {
    await writeMedia();
    const rowsOf = (count: number): Float32Array => new Float32Array(count * 2).fill(NaN, -1);
    const eyes: FrameEncoder = { ...pixels, encode: (_, count) => Promise.resolve(rowsOf(count)) };
    const ears: SoundEncoder = { ...middle, encode: (_, windows) => Promise.resolve(rowsOf(windows.length)) };
    const nowhere = { label: 'thing', confidence: 0.5, x: NaN, y: 0, width: 1, height: 1 };
    const finder: ObjectDetector = {
      ...boxes,
      detect: (_, count) => Promise.resolve(Array.from({ length: count }, () => [nowhere])),
    };
    for (const broken of [{ frames: [eyes] }, { sounds: [ears] }, { detectors: [finder] }])
      await expect(run(packs(broken))).rejects.toMatchObject({ code: 'EARSIGHT_MODEL_FAILED' });
  });

  it('keeps no more than three chunks in progress, and stops when it is cancelled', async () => {
    await writeMedia();
    const stop = new AbortController();
    let calls = 0;
    const slow: FrameEncoder = {
      ...pixels,
      async encode(_, count) {
        calls += 1;
        await delay(5);
        stop.abort();
        return new Float32Array(count * 2);
      },
    };
    await expect(run(packs({ frames: [slow] }), stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
    expect(calls).toBe(3);
  });
});

it('encodes in parts to the same bytes as in one run, without a missing or duplicate row', async () => {
  await writeMedia();
  // Segments have several windows of the narrowest width.
  const sounds = [{ ...middle, windowsSec: [0.25, 1, 3] }];
  const loaded = packs({ frames: [pixels], sounds, detectors: [boxes] });
  await run(loaded);
  const parts = 12;
  const context = {
    source: { path: 'x.mp4', sha256: '0'.repeat(64), bytes: 1 },
    sourceFile: () => Promise.resolve('x.mp4'),
    services: { packs: () => Promise.resolve(loaded), cacheFolder: join(folder, 'cache') },
    signal: new AbortController().signal,
    progress: () => undefined,
    warn: () => undefined,
  };
  for (let part = 0; part < parts; part += 1) {
    await mkdir(join(folder, `encode-${part}`));
    await encodePartStage(part).run({
      ...context,
      inputs: { extract: artefact('extract') },
      folder: join(folder, `encode-${part}`),
      params: { part, parts },
    });
  }
  const joinStage = joinEncodeStage(parts);
  const inputs = selectInputs(joinStage, new Map(joinStage.inputs.map((name) => [name, artefact(name)])));
  const joined = join(folder, 'joined');
  const joinParts = async (): Promise<void> => {
    await rm(joined, { recursive: true, force: true });
    await mkdir(joined);
    await joinStage.run({ ...context, inputs, folder: joined, params: {} });
  };
  await joinParts();
  const names = (await readdir(join(folder, 'encode'))).sort();
  expect(names).toHaveLength(4);
  expect((await readdir(joined)).sort()).toEqual(names);
  for (const name of names)
    expect((await readFile(join(joined, name))).equals(await readFile(join(folder, 'encode', name))), name).toBe(true);

  await copyFile(join(folder, 'encode-11', 'encode.json'), join(folder, 'encode-10', 'encode.json'));
  await expect(joinParts()).rejects.toMatchObject({ code: 'EARSIGHT_STORE_CORRUPT' });
});
