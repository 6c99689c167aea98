import { TAGGER_MEL, WINDOW_FRAMES } from '../front-end.js';
import type { Batch, TrainingData } from '../../train/data.js';
import type { Random } from '../../train/random.js';
import { fromByte, PICTURE, TARGETS } from './examples.js';
import type { Examples } from './examples.js';
import { SHARD } from './mixing.js';
import type { Mixing } from './mixing.js';
import { TEACHER_CLASSES, TEACHER_FEATURES } from './teacher.js';

const BANDS = TAGGER_MEL.melBins;
/** Augmentation, different each time a picture is used: shift in pitch, change of level, masked bands and frames. */
const MAX_BAND_SHIFT = 2;
const MAX_LEVEL_SHIFT = 0.3;
const MAX_MASKED_BANDS = 14;
const MAX_MASKED_FRAMES = 16;

/** Number of shards that are used for validation only. */
export const VALIDATION_SHARDS = 8;
/** Number of training shards that must be mixed before the first step. */
const INITIAL_SHARDS = 24;

export interface BatchesOptions {
  readonly batchSize: number;
  readonly steps: number;
  /** Total number of training shards. */
  readonly shards: number;
  readonly hash: string;
}

/**
 * Draws batches from the shards that are available at a step. Their number depends on the step alone, so that training
 * is reproducible; a step waits if mixing lags behind. All shards are in use after seven tenths of the steps.
 */
export async function mixtureBatches(
  mixing: Mixing,
  { batchSize, steps, shards, hash }: BatchesOptions,
): Promise<TrainingData> {
  const first = await Promise.all(Array.from({ length: VALIDATION_SHARDS }, (_, index) => mixing.shard(index)));
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
      const wanted = Math.min(shards, Math.max(INITIAL_SHARDS, Math.ceil((shards * step) / (0.7 * steps))));
      while (known.length < wanted) known.push(await mixing.shard(VALIDATION_SHARDS + known.length));
      const rows = Uint32Array.from({ length: batchSize }, () => random.integer(wanted * SHARD));
      return batchOf(known, rows, random);
    },
    validation: () => validation,
  };
}

/** Assembles the examples `rows` into a batch; pictures are augmented if `random` is given. */
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
    'taught-logits': { data: logits, dims: [size, TEACHER_CLASSES] },
    features: { data: features, dims: [size, TEACHER_FEATURES] },
  };
}

const VALUES = Float32Array.from({ length: 256 }, (_, byte) => fromByte(byte));

/** Decodes a picture from its bytes and augments it if `random` is given. */
function write(bytes: Uint8Array, picture: Float32Array, random: Random | undefined): void {
  const up = random === undefined ? 0 : random.integer(2 * MAX_BAND_SHIFT + 1) - MAX_BAND_SHIFT;
  const level = random === undefined ? 0 : MAX_LEVEL_SHIFT * (2 * random.uniform() - 1);
  // The level of digital silence is not changed.
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
    const first = random.integer(BANDS - MAX_MASKED_BANDS);
    const end = first + 1 + random.integer(MAX_MASKED_BANDS);
    picture.fill(0, first * WINDOW_FRAMES, end * WINDOW_FRAMES);
  }
  if (random.uniform() < 0.2) {
    const first = random.integer(WINDOW_FRAMES - MAX_MASKED_FRAMES);
    const length = 1 + random.integer(MAX_MASKED_FRAMES);
    for (let band = 0; band < BANDS; band++)
      picture.fill(0, band * WINDOW_FRAMES + first, band * WINDOW_FRAMES + first + length);
  }
}
