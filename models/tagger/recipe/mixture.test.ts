import { describe, expect, it } from 'vitest';
import { Random } from '../../train/random.js';
import { WINDOW_SAMPLES } from '../front-end.js';
import { audiosetIndex } from '../audioset.js';
import { drawMixture, PRESENT } from './mixture.js';
import { SourceSounds } from './source-sounds.js';

/** Synthesised sounds only, without recordings. */
const sources = new SourceSounds({ recordings: [], samples: new Int16Array() });

describe('drawMixture', () => {
  it('depends only on the seed and stays within full scale', () => {
    const first = drawMixture(sources, new Random(1, 5));
    expect(drawMixture(sources, new Random(1, 5))).toEqual(first);
    expect(drawMixture(sources, new Random(1, 6)).samples).not.toEqual(first.samples);
    expect(first.samples).toHaveLength(WINDOW_SAMPLES);
    for (let seed = 0; seed < 20; seed++)
      for (const value of drawMixture(sources, new Random(2, seed)).samples)
        if (!(Math.abs(value) <= 1)) expect.fail(`${value} in mixture ${seed}`);
  });

  it('labels a mixture with Silence exactly if it is inaudible', () => {
    const silence = audiosetIndex('Silence');
    let silent = 0;
    for (let seed = 0; seed < 60; seed++) {
      const { samples, labels } = drawMixture(sources, new Random(3, seed));
      const loudest = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      if (labels[silence] === PRESENT) {
        silent++;
        expect(loudest).toBeLessThan(0.009);
      } else expect(loudest).toBeGreaterThan(0.009);
    }
    expect(silent).toBeGreaterThan(0);
  });
});
