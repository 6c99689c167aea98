import { TAGGER_MEL, WINDOW_FRAMES } from '../front-end.js';
import type { Batch, TrainingData } from '../../train/data.js';
import type { Random } from '../../train/random.js';
import { fromByte, PICTURE, TARGETS } from './examples.js';
import type { Examples } from './examples.js';
import { SHARD } from './mixing.js';
import type { Mixing } from './mixing.js';
import { TEACHER_CLASSES, TEACHER_FEATURES } from './teacher.js';

const BANDS = TAGGER_MEL.melBins;
/** The pictures are varied a little every time they are shown: pitch, level, what is hidden. */
const MOST_BANDS_UP = 2;
const MOST_LEVEL = 0.3;
const MOST_BANDS_HIDDEN = 14;
const MOST_FRAMES_HIDDEN = 16;

/** Shards that only validate. */
export const VALIDATING = 8;
/** Shards that are there before the first step. */
const AT_START = 24;

export interface BatchesOptions {
  readonly batchSize: number;
  readonly steps: number;
  /** Shards to learn from, all told. */
  readonly shards: number;
  readonly hash: string;
}

/**
 * Batches drawn from the shards mixed so far: at a step always the same ones, waited for where mixing lags behind. The
 * last are there at seven tenths of the steps.
 */
export async function mixtureBatches(
  mixing: Mixing,
  { batchSize, steps, shards, hash }: BatchesOptions,
): Promise<TrainingData> {
  const first = await Promise.all(Array.from({ length: VALIDATING }, (_, index) => mixing.shard(index)));
  const known: Examples[] = [];
  const validation = first.flatMap((shard) =>
    Array.from({ length: Math.floor(SHARD / batchSize) }, (_, at) =>
      batchOf(
        [shard],
        Uint32Array.from({ length: batchSize }, (_unused, i) => at * batchSize + i),
      ),
    ),
  );
  return {
    hash,
    batch: async (step, random) => {
      const wanted = Math.min(shards, Math.max(AT_START, Math.ceil((shards * step) / (0.7 * steps))));
      while (known.length < wanted) known.push(await mixing.shard(VALIDATING + known.length));
      const rows = Uint32Array.from({ length: batchSize }, () => random.integer(wanted * SHARD));
      return batchOf(known, rows, random);
    },
    validation: () => validation,
  };
}

/** The examples `rows`, their pictures varied where there is chance. */
function batchOf(shards: readonly Examples[], rows: Uint32Array, random?: Random): Batch {
  const size = rows.length;
  const pictures = new Float32Array(size * PICTURE);
  const targets = new Float32Array(size * TARGETS);
  const logits = new Float32Array(size * TEACHER_CLASSES);
  const features = new Float32Array(size * TEACHER_FEATURES);
  rows.forEach((row, at) => {
    const shard = shards[Math.floor(row / SHARD)];
    if (shard === undefined) return;
    const place = row % SHARD;
    write(shard.pictures.subarray(place * PICTURE, (place + 1) * PICTURE), pictures.subarray(at * PICTURE), random);
    for (let c = 0; c < TARGETS; c++) targets[at * TARGETS + c] = (shard.targets[place * TARGETS + c] ?? 0) / 255;
    logits.set(shard.logits.subarray(place * TEACHER_CLASSES, (place + 1) * TEACHER_CLASSES), at * TEACHER_CLASSES);
    features.set(
      shard.features.subarray(place * TEACHER_FEATURES, (place + 1) * TEACHER_FEATURES),
      at * TEACHER_FEATURES,
    );
  });
  return {
    picture: { data: pictures, dims: [size, 1, BANDS, WINDOW_FRAMES] },
    targets: { data: targets, dims: [size, TARGETS] },
    logits: { data: logits, dims: [size, TEACHER_CLASSES] },
    features: { data: features, dims: [size, TEACHER_FEATURES] },
  };
}

const VALUES = Float32Array.from({ length: 256 }, (_, byte) => fromByte(byte));

function write(bytes: Uint8Array, picture: Float32Array, random: Random | undefined): void {
  const up = random === undefined ? 0 : random.integer(2 * MOST_BANDS_UP + 1) - MOST_BANDS_UP;
  const level = random === undefined ? 0 : MOST_LEVEL * (2 * random.uniform() - 1);
  // Digital silence stays what it is.
  const floor = (VALUES[0] ?? 0) + 0.05;
  for (let band = 0; band < BANDS; band++) {
    const from = Math.max(0, Math.min(BANDS - 1, band - up)) * WINDOW_FRAMES;
    const to = band * WINDOW_FRAMES;
    for (let frame = 0; frame < WINDOW_FRAMES; frame++) {
      const value = VALUES[bytes[from + frame] ?? 0] ?? 0;
      picture[to + frame] = value > floor ? value + level : value;
    }
  }
  if (random === undefined) return;
  if (random.uniform() < 0.3) {
    const first = random.integer(BANDS - MOST_BANDS_HIDDEN);
    const end = first + 1 + random.integer(MOST_BANDS_HIDDEN);
    picture.fill(0, first * WINDOW_FRAMES, end * WINDOW_FRAMES);
  }
  if (random.uniform() < 0.2) {
    const first = random.integer(WINDOW_FRAMES - MOST_FRAMES_HIDDEN);
    const length = 1 + random.integer(MOST_FRAMES_HIDDEN);
    for (let band = 0; band < BANDS; band++)
      picture.fill(0, band * WINDOW_FRAMES + first, band * WINDOW_FRAMES + first + length);
  }
}
