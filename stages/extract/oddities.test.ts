import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WarningCode } from '../../core/warning-catalogue.js';
import { FIXTURES_OUT, makeFixtures } from '../../fixtures/make.js';
import { CLOCKS } from '../../fixtures/recipes/odd/clocks.js';
import { CONTAINERS } from '../../fixtures/recipes/odd/containers.js';
import { SOUNDS } from '../../fixtures/recipes/odd/sounds.js';
import { onsets, RATE } from '../../tests/colour-clip.js';
import { extractInto, removeExtracted, type Extracted } from '../../tests/extract-into.js';
import { segmentLoudness } from '../sound/segment-loudness.js';

const CORPUS = new URL('../../../shared/media/oddities', import.meta.url).pathname;
const CROP = { width: 64, height: 64, fit: 'crop', shortSide: 64 } as const;
const INSIDE = { width: 96, height: 96, fit: 'inside' } as const;

interface Expected {
  readonly seconds: number;
  readonly withinSec?: number;
  /** Null: the times of the sound are not compared. */
  readonly onsets: readonly number[];
  readonly onsetsWithinSec?: number;
  readonly warns?: readonly WarningCode[];
}

/** As the README of the files says, measured where it gives a range. */
const TABLE: Record<string, Expected> = {
  'ts-clock-wraps-inside.ts': { seconds: 6, onsets: [0.5, 2.5, 4.5] },
  'alarm-antiphase.flac': { seconds: 6, onsets: [0, 1, 2, 4, 5], warns: ['EARSIGHT_WARN_OPPOSED'] },
  'alarm-in-phase.flac': { seconds: 6, onsets: [0, 1, 2, 4, 5] },
  'float-one-nan.wav': { seconds: 6, onsets: [0.5, 2.5, 4.5], warns: ['EARSIGHT_WARN_SAMPLES'] },
  'tone-then-zeros.m4a': { seconds: 8, onsets: [0] },
  'chained-vorbis-rates.ogg': { seconds: 8, onsets: [0.5, 2.5, 5, 7], warns: ['EARSIGHT_WARN_CLOCK'] },
  // The third piece begins at 8.14 s and, decoded alone, beeps 0.5 s after its start.
  'joined-three-rates.mp3': {
    seconds: 12.2,
    withinSec: 0.2,
    onsets: [0.5, 2.5, 5.05, 7.05, 8.64, 10.64],
    onsetsWithinSec: 0.15,
    warns: ['EARSIGHT_WARN_DECODER'],
  },
  'fragments-from-24h.mp4': { seconds: 6.02, onsets: [0.5, 2.5, 4.5] },
  'clock-jumps-20h.ts': { seconds: 8, onsets: [0.5, 2.5, 5, 7], warns: ['EARSIGHT_WARN_CLOCK'] },
  'clock-restarts.ts': { seconds: 8, onsets: [0.5, 2.5, 5, 7], warns: ['EARSIGHT_WARN_CLOCK'] },
  'clock-reset.flv': { seconds: 8, onsets: [0.5, 2.5, 5, 7], warns: ['EARSIGHT_WARN_CLOCK'] },
  'gap-1h.flv': { seconds: 3604, onsets: [0.5, 2.5, 3601, 3603], warns: ['EARSIGHT_WARN_GAP'] },
  'attachments-80.mkv': { seconds: 6.02, onsets: [0.5, 2.5, 4.5] },
  'cover-400k.flac': { seconds: 4, onsets: [0.5, 2.5] },
  'two-programmes-radio-first.ts': { seconds: 6, onsets: [0.5, 2.5, 4.5] },
  'size-turns.ts': { seconds: 6, onsets: [] },
  'ts-begins-inside-a-packet.ts': { seconds: 4, onsets: [0.5, 2.5] },
  'nine-unnamed-channels.wav': { seconds: 4, onsets: [0.5, 2.5] },
  '30000x4.mkv': { seconds: 3, onsets: [] },
};

afterAll(removeExtracted);

async function extract(path: string): Promise<Extracted> {
  return await extractInto(path, { geometries: [CROP, INSIDE], sampleRatesHz: [RATE] });
}

/** Checks duration, onsets and warnings, that the times of frames ascend, and that all frames and samples are there. */
async function check({ media, warnings }: Extracted, expected: Expected): Promise<void> {
  const { info } = media;
  expect(Math.abs(info.durationSec - expected.seconds), `${info.durationSec} s`).toBeLessThan(
    expected.withinSec ?? 0.1,
  );
  const found = info.audio ? await onsets(media) : [];
  expect(found.length, found.join()).toBe(expected.onsets.length);
  for (const [i, atSec] of expected.onsets.entries())
    expect(Math.abs((found[i] ?? NaN) - atSec), found.join()).toBeLessThan(expected.onsetsWithinSec ?? 0.07);
  expect([...new Set(warnings.map(({ code }) => code))].sort()).toEqual([...(expected.warns ?? [])].sort());
  let lastSec = -1;
  for await (const { timesSec } of media.readMotion())
    for (const timeSec of timesSec) {
      expect(timeSec).toBeGreaterThan(lastSec);
      lastSec = timeSec;
    }
  for (const { geometry } of info.frames) await media.readFrames(geometry, 0, info.frameTimesSec.length);
}

/** Width divided by height of the bright disc in the last stored frame. */
async function discShape({ media }: Extracted): Promise<number> {
  const stored = media.info.frames.find(({ geometry }) => geometry.startsWith('inside'));
  const { width = 0, geometry = '' } = stored ?? {};
  const pixels = await media.readFrames(geometry, media.info.frameTimesSec.length - 1, 1);
  const bright = Array.from({ length: pixels.length / 3 }, (_, i) => i).filter((i) => (pixels[3 * i + 1] ?? 0) > 150);
  const extent = (places: readonly number[]): number => Math.max(...places) - Math.min(...places) + 1;
  return extent(bright.map((i) => i % width)) / extent(bright.map((i) => Math.floor(i / width)));
}

describe.skipIf(!existsSync(CORPUS))('extractStage: files of real life (skipped where ../shared is absent)', () => {
  it('has an expectation for each file', () => {
    const names = readdirSync(CORPUS).filter((name) => name !== 'README.md');
    expect(Object.keys(TABLE).sort()).toEqual(names.sort());
  });

  it.each(Object.entries(TABLE))('extracts %s as its README says', async (name, expected) => {
    const extracted = await extract(join(CORPUS, name));
    await check(extracted, expected);
    await extracted.media.close();
  });

  it('hears an alarm in antiphase exactly as the same alarm in phase', async () => {
    const [opposed, plain] = [
      await extract(join(CORPUS, 'alarm-antiphase.flac')),
      await extract(join(CORPUS, 'alarm-in-phase.flac')),
    ];
    const samples = plain.media.info.waves[0]?.samples ?? 0;
    const [a, b] = [await opposed.media.readWave(RATE, 0, samples), await plain.media.readWave(RATE, 0, samples)];
    await Promise.all([opposed.media.close(), plain.media.close()]);
    const largest = a.reduce((most, sample, i) => Math.max(most, Math.abs(Math.abs(sample) - Math.abs(b[i] ?? 0))), 0);
    expect(largest).toBeLessThan(2e-3);
  });

  it('measures no loudness where there is digital silence, and all of it beside a sample that is no number', async () => {
    const zeros = await extract(join(CORPUS, 'tone-then-zeros.m4a'));
    expect((await segmentLoudness(zeros.media.loudness(), 1, 8)).slice(3)).toEqual([null, null, null, null, null]);
    await zeros.media.close();
    const nan = await extract(join(CORPUS, 'float-one-nan.wav'));
    const loudness = await segmentLoudness(nan.media.loudness(), 1, 6);
    await nan.media.close();
    for (const [i, lufs] of [-18.6, -40.6, -18.2, -40.7, -17.8, -40.7].entries())
      expect(loudness[i]).toBeCloseTo(lufs, 0.9);
  });

  it('keeps a disc round when the picture turns', async () => {
    const extracted = await extract(join(CORPUS, 'size-turns.ts'));
    expect(await discShape(extracted)).toBeCloseTo(1, 0.8);
    await extracted.media.close();
  });
});

describe('extractStage: further files of the same kinds', () => {
  const WARNS: Record<string, readonly WarningCode[]> = {};
  for (const { truth } of CLOCKS)
    if (/one-clock|ahead|reconnected|chained/.test(truth.path)) WARNS[truth.path] = ['EARSIGHT_WARN_CLOCK'];
    else if (truth.path.includes('gap-of')) WARNS[truth.path] = ['EARSIGHT_WARN_GAP'];
  for (const { truth } of SOUNDS)
    if (truth.path.includes('opposed')) WARNS[truth.path] = ['EARSIGHT_WARN_OPPOSED'];
    else if (/infinite|nan/.test(truth.path)) WARNS[truth.path] = ['EARSIGHT_WARN_SAMPLES'];
  const recipes = [...CLOCKS, ...SOUNDS, ...CONTAINERS].map(({ truth }) => truth);
  beforeAll(async () => {
    await makeFixtures(FIXTURES_OUT, { only: recipes.map(({ path }) => path) });
  }, 240_000);

  it.each(recipes.map((truth) => [truth.path, truth] as const))('extracts %s', async (path, truth) => {
    const extracting = extract(join(FIXTURES_OUT, path));
    if (truth.durationSec === null) {
      await expect(extracting).rejects.toMatchObject({ code: truth.expected[0] });
      await expect(extracting).rejects.toThrow(/a gap of 8\d{4} s .* at 2\.\d s/);
      return;
    }
    const extracted = await extracting;
    const warns = WARNS[path] ?? [];
    const decoder = extracted.warnings.some(({ code }) => code === 'EARSIGHT_WARN_DECODER');
    await check(extracted, {
      seconds: truth.durationSec,
      withinSec: 0.35,
      onsets: truth.audible.map(({ startSec }) => startSec),
      onsetsWithinSec: 0.2,
      // Where pieces meet, a decoder may miss the rest of a frame.
      warns: decoder ? [...warns, 'EARSIGHT_WARN_DECODER'] : warns,
    });
    if (/square|portrait/.test(path)) expect(await discShape(extracted)).toBeCloseTo(1, 0.8);
    await extracted.media.close();
  });
});
