import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { presenceLogOdds } from './text-scores.js';

const EMBEDDINGS = join(import.meta.dirname, '../../../shared/embeddings');

describe('presenceLogOdds', () => {
  const background = Float32Array.from([0, 1, 0.1, Math.sqrt(0.99), -0.1, Math.sqrt(0.99)]);

  it('does not depend on the logit scale of the model', () => {
    const row = Float32Array.from([Math.cos(1), Math.sin(1)]);
    const label = Float32Array.from([1, 0]);
    const once = presenceLogOdds(row, label, background, 2, 1);
    const scaled = presenceLogOdds(row, label, background, 2, 100);
    expect(scaled[0]).toBeCloseTo(once[0] ?? Number.NaN, 4);
  });

  it('is 0 at two standard deviations above the background', () => {
    // Cosines of the row with the background: 0, 0.1 and -0.1; their deviation is sqrt(0.02 / 3).
    const row = Float32Array.from([1, 0]);
    const cosine = 2 * Math.sqrt(0.02 / 3);
    const label = Float32Array.from([cosine, Math.sqrt(1 - cosine ** 2)]);
    expect(presenceLogOdds(row, label, background, 2, 100)[0]).toBeCloseTo(0, 4);
  });

  it('stays finite when all background embeddings are equal', () => {
    const same = Float32Array.from([0, 1, 0, 1]);
    expect(presenceLogOdds(Float32Array.from([1, 0]), Float32Array.from([1, 0]), same, 2, 100)[0]).toBeLessThan(
      Infinity,
    );
  });
});

interface Rows {
  readonly rows: Float32Array;
  readonly count: number;
  readonly width: number;
}

function rowOf({ rows, width }: Rows, row: number): Float32Array {
  return rows.subarray(row * width, (row + 1) * width);
}

/** Rows of a little-endian float32 .npy file, L2-normalised. */
function readNpy(path: string): Rows {
  const bytes = readFileSync(path);
  const headerLength = bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, 10 + headerLength);
  if (!header.includes("'<f4'")) throw new Error(`${path} is not float32`);
  const [count = 0, width = 0] = (/\((\d+), (\d+)\)/.exec(header) ?? []).slice(1).map(Number);
  const start = bytes.byteOffset + 10 + headerLength;
  const rows = new Float32Array(bytes.buffer.slice(start, start + count * width * 4));
  for (let row = 0; row < count; row += 1) {
    const vector = rows.subarray(row * width, (row + 1) * width);
    const norm = Math.hypot(...vector);
    vector.forEach((value, i) => (vector[i] = value / norm));
  }
  return { rows, count, width };
}

/** Share of right and of wrong captions that count as present; the first 128 others of each row are its background. */
function rates(embeddings: string, captions: string): { recall: number; falseAlarms: number } {
  const items = readNpy(join(EMBEDDINGS, embeddings));
  const texts = readNpy(join(EMBEDDINGS, captions));
  const { width, count } = items;
  // The five captions of a picture are adjacent rows, so a row 10 steps away belongs to another picture.
  const other = (row: number, steps: number): number => (row + 10 + 3 * steps) % (count - 10);
  let right = 0;
  let wrong = 0;
  for (let row = 0; row < count - 20; row += 1) {
    const background = texts.rows.slice(0, 128 * width);
    for (let k = 0; k < 128; k += 1) background.set(rowOf(texts, other(row, k)), k * width);
    const labels = texts.rows.slice(0, 2 * width);
    labels.set(rowOf(texts, row));
    labels.set(rowOf(texts, other(row, 135)), width);
    const [own = 0, another = 0] = presenceLogOdds(rowOf(items, row), labels, background, width, 100);
    if (own >= 0) right += 1;
    if (another >= 0) wrong += 1;
  }
  return { recall: right / (count - 20), falseAlarms: wrong / (count - 20) };
}

describe.skipIf(!existsSync(EMBEDDINGS))('presenceLogOdds on real embeddings (skips without ../shared)', () => {
  it.each([
    ['CLAP', 'clap/audio_embeddings.npy', 'clap/text_embeddings.npy'],
    ['CLAP in noise', 'clap/audio_emb_noisy_snr10dB.npy', 'clap/text_embeddings.npy'],
    ['CLIP', 'clip/flickr8k_pairs/image_embeddings.npy', 'clip/flickr8k_pairs/text_embeddings.npy'],
  ])('finds most right captions of %s and passes few wrong ones', (_, items, captions) => {
    const { recall, falseAlarms } = rates(items, captions);
    expect(recall).toBeGreaterThan(0.8);
    expect(falseAlarms).toBeLessThan(0.06);
  });
});
