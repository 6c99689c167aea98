import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { eventsFileSchema } from '../../core/schemas/events.js';
import { Artefact } from '../../core/stage.js';
import { warningOf } from '../../core/warnings.js';
import { segmentSeconds } from '../../core/segments.js';
import { gridOf, type LabelInfo } from '../label/label-info.js';
import { eventsOf, parseParamsSchema, parseStage } from './parse-stage.js';

it('writes the events of every modality in order of time, with source, models, uncovered labels and warnings', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'earsight-parse-'));
  try {
    await mkdir(join(folder, 'label'));
    const model = { pack: 'p', name: 'ears', role: 'audio-tags', licence: 'MIT', sha256: 'a'.repeat(64) };
    const uncovered = [
      { label: 'Unicorn', modality: 'audio' as const },
      { label: 'Speech', modality: 'visual' as const },
      { label: 'Unicorn', modality: 'visual' as const },
    ];
    const info: LabelInfo = {
      schema: 1,
      device: 'cpu',
      frameMode: 'all',
      durationSec: 3.5,
      segmentSec: 1,
      segments: 4,
      labels: [
        { name: 'Dog', aliases: ['Hound'] },
        { name: 'Speech', aliases: [] },
        { name: 'Unicorn', aliases: ['Fabled horse'] },
      ],
      covered: { audio: ['Dog', 'Speech'], visual: ['Dog'] },
      uncovered,
      companions: [],
      sources: [
        { model, modality: 'audio', covered: ['Dog', 'Speech'], unmatched: ['Hound', 'Unicorn', 'Fabled horse'] },
      ],
      silenceDbfs: -60,
    };
    const short = warningOf('EARSIGHT_WARN_SHORT', { claimedSec: '7.00', decodedSec: '3.50' }, { startSec: 3.5 });
    const hdr = warningOf('EARSIGHT_WARN_HDR', { curve: 'smpte2084' });
    const dog = [0.1, 0.6, 0.4, 0.8];
    const seen = [0.9, 0.9, 0.1, 0.9];
    const speech = [0.9, 0.1, 0.1, 0.1];
    const rows = dog.flatMap((score, index) => {
      const common = { schema: 1, index, startSec: index, endSec: Math.min(index + 1, 3.5) };
      return [
        { ...common, modality: 'audio', scores: { Dog: score, Speech: speech[index] } },
        { ...common, modality: 'visual', scores: { Dog: seen[index] } },
        { ...common, modality: 'audio-visual', scores: { Dog: score * (seen[index] ?? 0) } },
      ];
    });
    await writeFile(join(folder, 'label', 'label.json'), JSON.stringify(info));
    await writeFile(join(folder, 'label', 'segments.jsonl'), rows.map((row) => JSON.stringify(row) + '\n').join(''));
    await parseStage.run({
      source: { path: '/v/x.mp4', sha256: 'b'.repeat(64), bytes: 7 },
      sourceFile: () => Promise.resolve('/v/x.mp4'),
      params: parseParamsSchema.parse({ rules: { Speech: { on: 0.95, minSec: 0 } } }),
      inputs: {
        label: new Artefact({ key: 'k', stage: 'label', folder: join(folder, 'label'), warnings: [short] }),
        shots: new Artefact({ key: 'l', stage: 'shots', folder, warnings: [short] }),
        sound: new Artefact({ key: 'm', stage: 'sound', folder, warnings: [short, hdr] }),
      },
      folder,
      services: { packs: () => Promise.resolve(null), cacheFolder: folder },
      signal: new AbortController().signal,
      progress: () => undefined,
      warn: () => undefined,
    });
    const file = eventsFileSchema.parse(JSON.parse(await readFile(join(folder, 'events.json'), 'utf8')));
    expect(file.events.map((e) => [e.modality, e.label, e.startSec, e.endSec, e.confidence])).toEqual([
      ['visual', 'Dog', 0, 2, 0.9],
      ['audio-visual', 'Dog', 1, 2, 0.54],
      ['audio', 'Dog', 1, 3.5, 0.6],
      ['visual', 'Dog', 3, 3.5, 0.9],
      ['audio-visual', 'Dog', 3, 3.5, 0.72],
    ]);
    expect(file.source).toEqual({ path: '/v/x.mp4', sha256: 'b'.repeat(64), bytes: 7, durationSec: 3.5 });
    expect(file.uncovered).toEqual(uncovered);
    // Uncovered labels are not repeated in the warnings.
    expect(file.warnings).toEqual([
      expect.objectContaining({
        code: 'EARSIGHT_WARN_SHORT',
        message: 'the header claims 7.00 s, 3.50 s could be decoded',
        startSec: 3.5,
      }),
      expect.objectContaining({ code: 'EARSIGHT_WARN_HDR' }),
      expect.objectContaining({
        code: 'EARSIGHT_WARN_LABEL_UNKNOWN',
        message: 'no network that ran has a class for: Hound',
      }),
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('decodes a label by the rule of its line in the list: score, half the odds of it, and minimum length', () => {
  const info = { labels: [{ name: 'Dog', aliases: [] }], segmentSec: 1, durationSec: 8, companions: [] };
  const audio = new Map([['Dog', Float32Array.of(0.6, 0.1, 0.9, 0.6, 0.5, 0.1, 0.85, 0.1)]]);
  const eventsBy = (rules: Record<string, { on: number; minSec: number }>) =>
    eventsOf(info, { audio, visual: new Map(), companion: new Map() }, parseParamsSchema.parse({ rules })).map(
      ({ startSec, endSec }) => [startSec, endSec],
    );
  expect(eventsBy({})).toEqual([
    [0, 1],
    [2, 5],
    [6, 7],
  ]);
  // Half the odds of 0.7 are those of 0.54.
  expect(eventsBy({ Dog: { on: 0.7, minSec: 0 } })).toEqual([
    [2, 4],
    [6, 7],
  ]);
  expect(eventsBy({ Dog: { on: 0.7, minSec: 1.5 } })).toEqual([[2, 4]]);
  expect(eventsBy({ Cat: { on: 0.95, minSec: 0 } })).toHaveLength(3);
});

it.each([
  { segmentSec: 1, durationSec: 10.03, segments: 10 },
  { segmentSec: 60, durationSec: 305, segments: 5 },
  { segmentSec: 60, durationSec: 310, segments: 6 },
  { segmentSec: 0.1, durationSec: 1, segments: 10 },
])('ends an event at the end of its last segment: %o', ({ segmentSec, durationSec, segments }) => {
  const labels = [{ name: 'Dog', aliases: [] }];
  const audio = new Map([
    ['Dog', Float32Array.from({ length: segments }, (_, t) => (t === 2 || t === segments - 1 ? 1 : 0))],
  ]);
  const scores = { audio, visual: new Map(), companion: new Map() };
  const info = { labels, segmentSec, durationSec, companions: [] };
  const grid = gridOf(info);
  const events = eventsOf(info, scores, parseParamsSchema.parse({}));
  expect(grid.count).toBe(segments);
  expect(events[0]).toMatchObject(segmentSeconds(grid, 2));
  expect(events.at(-1)?.endSec).toBe(durationSec);
});
