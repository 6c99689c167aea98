import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FrameEncoder, ModelIdentity, TextEncoder } from '../../models/encoders/encoder.js';
import { Artefact } from '../../core/stage.js';
import { trackStage } from '../track/track-stage.js';
import type { LoadedPacks } from '../../models/packs/loaded-packs.js';
import { segmentRowSchema, type SegmentRow } from '../../core/schemas/events.js';
import type { EncodedRows, EncodeInfo } from '../encode/encode-info.js';
import { labelInfoSchema, type LabelInfo } from './label-info.js';
import { parseLabelList } from './label-set.js';
import { labelStage } from './label-stage.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earsight-label-'));
  await mkdir(join(folder, 'encode'));
  await mkdir(join(folder, 'label'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function model(name: string, role: ModelIdentity['role'], digit: string): EncodedRows['model'] {
  return { pack: 'test', name, role, licence: 'MIT', sha256: digit.repeat(64) };
}

const SEGMENTS = 3;
const base: EncodeInfo = {
  schema: 1,
  device: 'cpu',
  frameMode: 'all',
  durationSec: 2.5,
  segmentSec: 1,
  segments: SEGMENTS,
  segmentFrame: [0, 0, 1],
  frameTimesSec: [0.5, 2.25],
  hasSound: true,
  encoders: [],
  detectors: [],
  people: null,
  levelsDbfs: [-20, -20, -20],
};

async function encoded(
  part: Pick<EncodedRows, 'modality' | 'meaning' | 'classes' | 'model'> & Partial<EncodedRows>,
  rows: readonly (readonly number[])[],
): Promise<EncodedRows> {
  const file = `${part.model.name}.f32`;
  const values = Float32Array.from(rows.flat());
  await writeFile(join(folder, 'encode', file), new Uint8Array(values.buffer));
  return { width: rows[0]?.length ?? 1, windowsSec: [], rows: rows.length, ...part, file };
}

const artefact = (stage: string): Artefact => new Artefact({ key: 'k', stage, folder: join(folder, stage) });

/** Runs the track stage over the boxes of `objects.jsonl`, in one shot. */
async function track(): Promise<void> {
  const detector = { name: 'adaptive', threshold: 3, minSceneFrames: 15 };
  const shots = { schema: 1, detector, precision: 'frame', cutsSec: [], shots: [] };
  await mkdir(join(folder, 'shots'), { recursive: true });
  await mkdir(join(folder, 'track'), { recursive: true });
  await writeFile(join(folder, 'shots', 'shots.json'), JSON.stringify(shots));
  await trackStage.run({
    source: { path: 'x.mp4', sha256: '0'.repeat(64), bytes: 1 },
    sourceFile: () => Promise.resolve('x.mp4'),
    params: {},
    inputs: { encode: artefact('encode'), shots: artefact('shots') },
    folder: join(folder, 'track'),
    services: { packs: () => Promise.resolve(null), cacheFolder: join(folder, 'cache') },
    signal: new AbortController().signal,
    progress: () => undefined,
    warn: () => undefined,
  });
}

async function label(
  info: EncodeInfo,
  list: string,
  packs: LoadedPacks | null = null,
): Promise<{ info: LabelInfo; rows: SegmentRow[] }> {
  await writeFile(join(folder, 'encode', 'encode.json'), JSON.stringify(info));
  await track();
  await labelStage.run({
    source: { path: 'x.mp4', sha256: '0'.repeat(64), bytes: 1 },
    sourceFile: () => Promise.resolve('x.mp4'),
    params: { labels: parseLabelList(list, 'list').map(({ name, aliases }) => ({ name, aliases: [...aliases] })) },
    inputs: { encode: artefact('encode'), track: artefact('track') },
    folder: join(folder, 'label'),
    services: { packs: () => Promise.resolve(packs), cacheFolder: join(folder, 'cache') },
    signal: new AbortController().signal,
    progress: () => undefined,
    warn: () => undefined,
  });
  const text = await readFile(join(folder, 'label', 'segments.jsonl'), 'utf8');
  return {
    info: labelInfoSchema.parse(JSON.parse(await readFile(join(folder, 'label', 'label.json'), 'utf8'))),
    rows: text
      .trim()
      .split('\n')
      .map((line) => segmentRowSchema.parse(JSON.parse(line))),
  };
}

function scores(rows: readonly SegmentRow[], modality: SegmentRow['modality'], name: string): (number | undefined)[] {
  return rows.filter((row) => row.modality === modality).map((row) => row.scores[name]);
}

describe('labelStage with taggers and detectors', () => {
  const sound = { model: model('ears', 'audio-tags', 'a'), modality: 'audio', meaning: 'sigmoid' } as const;
  const sight = { model: model('eyes', 'image-tags', 'b'), modality: 'visual', meaning: 'softmax' } as const;

  it('pools windows, takes the best class of a label and scores 0.5 at the operating point', async () => {
    const tags = await encoded({ ...sound, classes: ['Bark', 'Zither'], windowsSec: [1, 2] }, [
      [0.9, 0.001],
      [0.0001, 0.001],
      [0.0001, 0.001],
      [0.9, 0.001],
      [0.9, 0.001],
      [0.0001, 0.001],
    ]);
    const { rows } = await label({ ...base, encoders: [tags] }, 'Dog\nZither');
    const dog = scores(rows, 'audio', 'Dog');
    expect(dog[0]).toBeGreaterThan(0.99);
    expect(dog[1]).toBeLessThan(dog[0] ?? 0);
    expect(dog[2]).toBeLessThan(0.05);
    expect(Math.max(...scores(rows, 'audio', 'Zither').map(Number))).toBeLessThan(0.5);
  });

  it('takes the highest score of several windows in a segment', async () => {
    const quiet = [0.0001, 0.0001];
    const tags = await encoded({ ...sound, classes: ['Dog', 'Zither'], windowsSec: [0.5, 1] }, [
      ...[quiet, quiet, [0.9, 0.0001]],
      ...[[0.0001, 0.9], quiet, quiet],
      ...[quiet, quiet, quiet],
      ...[[0.9, 0.0001], [0.0001, 0.9], quiet],
    ]);
    const { rows } = await label({ ...base, encoders: [tags] }, 'Dog\nZither');
    const present = (name: string): boolean[] => scores(rows, 'audio', name).map((score) => Number(score) >= 0.5);
    expect(present('Dog')).toEqual([true, false, false]);
    expect(present('Zither')).toEqual([false, true, false]);
  });

  it('gives a silent segment the audio score 0, whatever wide windows contain beside it', async () => {
    const tags = await encoded({ ...sound, classes: ['Dog'], windowsSec: [3] }, [[0.9], [0.9], [0.9]]);
    const { rows, info } = await label({ ...base, levelsDbfs: [-20, -75, -20], encoders: [tags] }, 'Dog');
    expect(scores(rows, 'audio', 'Dog')[1]).toBe(0);
    expect(info.silenceDbfs).toBe(-60);
  });

  it('ignores scores of segments quieter than the training data of the network', async () => {
    const ears = { ...sound, classes: ['Dog'], windowsSec: [1] };
    const tags = await encoded({ ...ears, quietestDbfs: -50 }, [[0.9], [0.9], [0.9]]);
    const levels = { ...base, levelsDbfs: [-49, -51, -20] };
    const dog = scores((await label({ ...levels, encoders: [tags] }, 'Dog')).rows, 'audio', 'Dog');
    expect(dog.map((score) => (score ?? 0) > 0)).toEqual([true, false, true]);
    const { rows } = await label({ ...levels, encoders: [await encoded(ears, [[0.9], [0.9], [0.9]])] }, 'Dog');
    expect(scores(rows, 'audio', 'Dog')[1]).toBeGreaterThan(0.5);
  });

  it('adds up the probabilities of dog breeds and scores every segment that shows a frame', async () => {
    const tags = await encoded({ ...sight, classes: ['pug', 'beagle', 'cello'] }, [
      [0.3, 0.3, 0.05],
      [0.05, 0.05, 0.9],
    ]);
    const { rows } = await label({ ...base, encoders: [tags] }, 'Dog\nCello');
    expect(scores(rows, 'visual', 'Dog').map((score) => Number(score) >= 0.5)).toEqual([true, true, false]);
    expect(scores(rows, 'visual', 'Cello').map((score) => Number(score) >= 0.5)).toEqual([false, false, true]);
  });

  it('lists uncovered labels instead of scoring them 0, and multiplies only scores of both modalities', async () => {
    const heard = await encoded({ ...sound, classes: ['Dog', 'Speech'], windowsSec: [1] }, [
      [0.9, 0.9],
      [0.9, 0.9],
      [0.9, 0.9],
    ]);
    const seen = await encoded({ ...sight, classes: ['pug'] }, [[0.9], [0.01]]);
    const { rows, info } = await label({ ...base, encoders: [heard, seen] }, 'Dog|Hound\nSpeech\nTheremin');
    expect(info.covered).toEqual({ audio: ['Dog', 'Speech'], visual: ['Dog'] });
    expect(info.uncovered).toEqual([
      { label: 'Theremin', modality: 'audio' },
      { label: 'Speech', modality: 'visual' },
      { label: 'Theremin', modality: 'visual' },
    ]);
    expect(info.sources[0]?.unmatched).toEqual(['Hound', 'Theremin']);
    expect(Object.keys(rows.find((row) => row.modality === 'visual')?.scores ?? {})).toEqual(['Dog']);
    const product = Number(scores(rows, 'audio', 'Dog')[0]) * Number(scores(rows, 'visual', 'Dog')[0]);
    expect(scores(rows, 'audio-visual', 'Dog')[0]).toBeCloseTo(product, 3);
    expect(rows.at(-1)).toMatchObject({ index: 2, startSec: 2, endSec: 2.5 });
  });

  it('takes the higher score of a tagger and a detector', async () => {
    const tags = await encoded({ ...sight, classes: ['pug'] }, [[0.01], [0.01]]);
    const boxes = { model: model('boxes', 'objects', 'c'), classes: ['dog', 'person'], presentFrom: 0.3 };
    const box = { label: 'dog', confidence: 0.9, x: 0, y: 0, width: 1, height: 1 };
    const person = { ...box, label: 'person' };
    const lines = [
      { frame: 0, model: boxes.model.sha256, objects: [person] },
      { frame: 1, model: boxes.model.sha256, objects: [box, person] },
    ];
    await writeFile(join(folder, 'encode', 'objects.jsonl'), lines.map((line) => JSON.stringify(line) + '\n').join(''));
    const { rows, info } = await label({ ...base, encoders: [tags], detectors: [boxes] }, 'Dog\nSpeech');
    expect(scores(rows, 'visual', 'Dog').map((score) => Number(score) >= 0.5)).toEqual([false, false, true]);
    expect(info.covered.visual).toEqual(['Dog']);
  });

  it('makes speech audio-visual by a visible person only while it is heard, and names the person', async () => {
    const heard = await encoded({ ...sound, classes: ['Speech'], windowsSec: [1] }, [[0.9], [0.0001], [0.9]]);
    const boxes = { model: model('boxes', 'objects', 'c'), classes: ['person'], presentFrom: 0.3 };
    const person = { label: 'person', confidence: 0.9, x: 0, y: 0, width: 1, height: 1 };
    const line = { frame: 0, model: boxes.model.sha256, objects: [person] };
    await writeFile(join(folder, 'encode', 'objects.jsonl'), JSON.stringify(line) + '\n');
    const { rows, info } = await label({ ...base, encoders: [heard], detectors: [boxes] }, 'Speech\nDog');
    expect(info.companions).toEqual([{ label: 'Speech', seenAs: 'person' }]);
    expect(info.uncovered).toContainEqual({ label: 'Speech', modality: 'visual' });
    expect(scores(rows, 'visual', 'Speech')).toEqual([undefined, undefined, undefined]);
    // Seen in the first picture (segments 0 and 1), heard in segments 0 and 2.
    expect(scores(rows, 'audio-visual', 'Speech').map((score) => Number(score) >= 0.5)).toEqual([true, false, false]);
  });

  it('writes rows without scores where no network ran', async () => {
    const { rows, info } = await label({ ...base, device: null }, 'Dog');
    expect(rows).toHaveLength(9);
    expect(rows.every((row) => Object.keys(row.scores).length === 0)).toBe(true);
    expect(info.uncovered).toHaveLength(2);
  });
});

describe('labelStage with a text encoder', () => {
  const identity: ModelIdentity = { ...model('clip', 'image-text', 'd'), role: 'image-text' };
  /** The prompts that were embedded. Prompts with "Dog" point in one direction, all others in another. */
  const embedded: string[] = [];
  const text: TextEncoder = {
    identity,
    template: 'a photo of a {label}.',
    logitScale: 100,
    embed(texts) {
      embedded.push(...texts);
      const rows = texts.map((prompt, i) => {
        const angle = prompt.includes('Dog') ? 0 : 1.2 + 0.1 * Math.sin(i);
        return [Math.cos(angle), Math.sin(angle)];
      });
      return Promise.resolve(Float32Array.from(rows.flat()));
    },
  };
  const encoder: FrameEncoder = {
    identity,
    geometry: { width: 1, height: 1, fit: 'stretch' },
    meaning: 'embedding',
    width: 2,
    classes: [],
    encode: () => Promise.reject(new Error('labels never encode')),
  };
  const packs: LoadedPacks = {
    names: ['test'],
    identities: [identity],
    geometries: [],
    sampleRatesHz: [],
    device: 'cpu',
    frames: [encoder],
    sounds: [],
    detectors: [],
    faces: null,
    poses: null,
    speech: null,
    transcriber: null,
    textFor: () => text,
  };

  it('covers every label by its prompt, and embeds the prompts of a list only once', async () => {
    const rows = await encoded(
      { model: model('clip', 'image-text', 'd'), modality: 'visual', meaning: 'embedding', classes: [] },
      [
        [1, 0],
        [Math.cos(1.2), Math.sin(1.2)],
      ],
    );
    const first = await label({ ...base, encoders: [rows] }, 'Dog\nTheremin', packs);
    expect(embedded).toContain('a photo of a Dog.');
    expect(scores(first.rows, 'visual', 'Dog').map((score) => Number(score) >= 0.5)).toEqual([true, true, false]);
    expect(first.info.uncovered.map((entry) => entry.modality)).toEqual(['audio', 'audio']);
    embedded.length = 0;
    const second = await label({ ...base, encoders: [rows] }, 'Dog\nTheremin', packs);
    expect(embedded).toEqual([]);
    expect(second.rows).toEqual(first.rows);
  });
});
