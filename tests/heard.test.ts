import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { measureHeard, type HeardFigures } from '../bench/heard/measure.js';
import { BUILT_IN } from '../models/packs/built-in.js';
import { VOCABULARY } from '../models/tagger/vocabulary.js';

const MEDIA = join(import.meta.dirname, '../../shared/media');

const share = ({ right, of }: { readonly right: number; readonly of: number }): number => right / of;

/** Measured on sounds used neither for training nor for choices (models/tagger/recipe/split.ts); docs/models/earsight-tagger.md. */
describe.skipIf(!existsSync(MEDIA))('the sound tagger of the built-in pack (skips without ../shared)', () => {
  let figures: HeardFigures;
  beforeAll(async () => {
    figures = await measureHeard(BUILT_IN, MEDIA, VOCABULARY);
  }, 300_000);

  it('recognises at least 95 % of the sounds of ESC-10, fold 4', () => {
    expect(figures.esc10.of).toBe(80);
    expect(share(figures.esc10), figures.esc10.wrong.join('\n')).toBeGreaterThanOrEqual(0.95);
  });

  it('recognises at least 80 % of the instruments', () => {
    expect(figures.instruments.of).toBe(20);
    expect(share(figures.instruments), figures.instruments.wrong.join('\n')).toBeGreaterThanOrEqual(0.8);
  });

  it('distinguishes speech from silence and from every class of ESC-10', () => {
    expect(share(figures.speech.silence)).toBeGreaterThanOrEqual(0.95);
    expect(Object.keys(figures.speech.kinds)).toHaveLength(10);
    for (const [kind, count] of Object.entries(figures.speech.kinds))
      expect(share(count), kind).toBeGreaterThanOrEqual(0.95);
  });

  it('finds at least 90 % of the onsets of composed tracks within a second', () => {
    expect(figures.onsets.of).toBeGreaterThan(100);
    expect(share(figures.onsets)).toBeGreaterThanOrEqual(0.9);
  });

  it('reaches an average precision above 0.5 for every class', () => {
    expect(figures.classes).toHaveLength(VOCABULARY.length - 2); // Speech is tested above, and Silence has no competing class.
    for (const { name, averagePrecision } of figures.classes) expect(averagePrecision, name).toBeGreaterThan(0.5);
  });

  it('raises no more false alarms than published', () => {
    expect(figures.recorded.events / figures.recorded.minutes).toBeLessThanOrEqual(21);
    expect(figures.nameless.events).toBeLessThanOrEqual(8);
  });
});
