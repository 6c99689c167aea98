import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hasShared, readNpy, sharedPath } from '../testing/shared-data.js';
import { rowOf, zeroShot } from './cosine.js';
import { matchedAndShuffled, recallAt } from './retrieval.js';
import { avhScore, deSync, javisScore, textBridge } from './scores.js';

const frames = { rows: 5, columns: 2, values: Float64Array.of(1, 0, 0, 1, 1, 0, 1, 0, 1, 0) };

describe('scores in a space of pictures and sounds', () => {
  it('take the mean over frames, and the mean of the lowest two fifths of a window', () => {
    expect(avhScore(frames, [1, 0])).toBeCloseTo(0.8, 12);
    expect(javisScore([{ frames, sound: [1, 0] }])).toBeCloseTo(0.5, 12);
    expect(javisScore([])).toBeNull();
  });

  it('turn classes of a synchrony network into seconds', () => {
    const classes = Array.from({ length: 21 }, (_, at) => Number(at === 15));
    expect(deSync([classes, Array.from({ length: 21 }, (_, at) => Number(at === 10))])).toBeCloseTo(0.5, 12);
  });

  it('bridge two spaces through texts', () => {
    expect(textBridge([1, 2, 3], [2, 4, 6])).toBeCloseTo(1, 12);
    expect(textBridge([1, 1, 1], [2, 4, 6])).toBeNull();
  });
});

describe.skipIf(!hasShared)('real vectors (skipped without ../shared)', () => {
  it("give CLIP's published probabilities", () => {
    const image = readNpy('embeddings/clip/npclip_golden/image_features.npy');
    const texts = readNpy('embeddings/clip/npclip_golden/text_features.npy');
    const [a = 0, b = 0, c = 0] = zeroShot(rowOf(image, 0), texts);
    expect([a.toFixed(5), b.toFixed(5), c.toFixed(5)]).toEqual(['0.99279', '0.00421', '0.00300']);
  });

  it('give the published recalls of Flickr8k and AudioCaps', () => {
    const images = readNpy('embeddings/clip/flickr8k_pairs/image_embeddings.npy');
    const captions = readNpy('embeddings/clip/flickr8k_pairs/text_embeddings.npy');
    const rows = readFileSync(sharedPath('embeddings/clip/flickr8k_pairs/metadata.csv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1);
    expect(rows).toHaveLength(500);
    const unique = images.values.filter((_, at) => Math.floor(at / images.columns) % 5 === 0);
    const [flickr = 0] = recallAt(
      captions,
      { rows: 100, columns: images.columns, values: unique },
      (row) => Math.floor(row / 5),
      [1],
    );
    expect(flickr.toFixed(3)).toBe('0.832');
    const sounds = readNpy('embeddings/clap/audio_embeddings.npy');
    const texts = readNpy('embeddings/clap/text_embeddings.npy');
    const recalls = recallAt(sounds, texts, (row) => row, [1, 5, 10]);
    expect(recalls.map((recall) => recall.toFixed(3))).toEqual(['0.264', '0.668', '0.803']);
    const { matched, shuffled } = matchedAndShuffled(sounds, texts);
    expect(matched).toBeCloseTo(0.378, 3);
    expect(shuffled).toBeLessThan(0.1);
  });
});
