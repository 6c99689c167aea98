import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EarsightError } from '../../core/errors.js';
import type { TextEncoder } from '../../models/encoders/encoder.js';
import type { EncodedRows, EncodeInfo } from '../encode/encode-info.js';
import { coverLabels } from './class-coverage.js';
import { normaliseName } from './class-names.js';
import { cachedEmbeddings, labelEmbeddings, promptOf } from './label-embeddings.js';
import { namesOf, type Label } from './label-set.js';
import type { Taxonomy } from './llp-mapping.js';
import { logit, operatingLogit } from './operating-points.js';
import { presenceLogOdds } from './text-scores.js';
import { logOddsOfWindows, poolWindows } from './window-pooling.js';

/** The scores that one network gives to the labels it covers. */
export interface ScoreSource {
  readonly model: EncodedRows['model'];
  readonly modality: 'audio' | 'visual';
  /** Indices into the label list. */
  readonly covered: readonly number[];
  /** Names and aliases that the network has no class for. */
  readonly unmatched: readonly string[];
  /**
   * Log-odds that each covered label is present in segments `[first, end)`, 0 = decided present; -Infinity where there is
   * no picture: [end - first, covered]
   */
  readonly read: (first: number, end: number) => Promise<Float32Array>;
  /** What it detects that is evidence for a label only while the label is heard, as log-odds in the same form. */
  readonly companions?: {
    readonly labels: readonly number[];
    /** For each label the name of the detected class, for example `person`. */
    readonly seenAs: readonly string[];
    readonly read: ScoreSource['read'];
  };
  close(): Promise<void>;
}

/** Turns rows of class scores or embeddings into log-odds of labels: [rows, width] to [rows, covered]. */
type ToLogOdds = (rows: Float32Array, count: number) => Float32Array;

/**
 * A source from a network with fixed classes. Of several classes of a label the highest log-odds count; softmax
 * probabilities are added instead.
 */
export async function classSource(
  info: EncodeInfo,
  encoded: EncodedRows,
  folder: string,
  labels: readonly Label[],
): Promise<ScoreSource> {
  const taxonomy: Exclude<Taxonomy, 'coco'> = encoded.modality === 'audio' ? 'audioset' : 'imagenet';
  const { classesOf, unmatched } = coverLabels(labels, encoded.classes, taxonomy);
  const covered = classesOf.flatMap((classes, label) => (classes.length > 0 ? [label] : []));
  const { presentFrom } = encoded;
  const operatingPoints = encoded.classes.map((name) =>
    presentFrom === undefined ? operatingLogit(taxonomy, name) : logit(presentFrom),
  );
  const toLogOdds: ToLogOdds = (rows, count) =>
    table(count, covered, (row, label) => {
      const classes = classesOf[label] ?? [];
      const score = (index: number): number => rows[row * encoded.width + index] ?? 0;
      const operatingPoint = (index: number): number => operatingPoints[index] ?? 0;
      if (encoded.meaning === 'softmax')
        return logit(classes.reduce((sum, index) => sum + score(index), 0)) - operatingPoint(classes[0] ?? 0);
      return Math.max(...classes.map((index) => logit(score(index)) - operatingPoint(index)));
    });
  return source(info, encoded, covered, unmatched, await openRows(folder, encoded), toLogOdds);
}

/** A source from a network whose embeddings are compared with those of the labels' prompts. It covers every label. */
export async function textSource(
  info: EncodeInfo,
  encoded: EncodedRows,
  folder: string,
  labels: readonly Label[],
  text: TextEncoder,
  cacheFolder: string,
  signal: AbortSignal,
): Promise<ScoreSource> {
  const { width } = encoded;
  const labelRows = await labelEmbeddings(text, labels, width, cacheFolder, signal);
  const names = backgroundNames(encoded.modality === 'audio' ? 'sound' : 'picture', labels);
  const prompts = names.map((name) => promptOf(text.template, name));
  const background = await cachedEmbeddings(text, prompts, width, cacheFolder, signal);
  const toLogOdds: ToLogOdds = (rows) => presenceLogOdds(rows, labelRows, background, width, text.logitScale);
  const covered = labels.map((_, label) => label);
  return source(info, encoded, covered, [], await openRows(folder, encoded), toLogOdds);
}

function source(
  info: EncodeInfo,
  encoded: EncodedRows,
  covered: readonly number[],
  unmatched: readonly string[],
  rows: RowReader,
  toLogOdds: ToLogOdds,
): ScoreSource {
  const readRows = async (first: number, count: number): Promise<Float32Array> =>
    toLogOdds(await rows.read(first, count), count);
  const read =
    encoded.modality === 'audio'
      ? async (first: number, end: number): Promise<Float32Array> => {
          const byWidth = await logOddsOfWindows(info, encoded, readRows, covered.length, first, end);
          const pooled = poolWindows(info, byWidth, encoded, first, covered.length);
          return dropTooQuiet(info, encoded, pooled, first, covered.length);
        }
      : (first: number, end: number): Promise<Float32Array> => perFrame(info, first, end, covered.length, readRows);
  return { model: encoded.model, modality: encoded.modality, covered, unmatched, read, close: () => rows.close() };
}

/** Sets the log-odds of segments to -Infinity that are quieter than anything in the training data of the network. */
function dropTooQuiet(
  info: EncodeInfo,
  encoded: EncodedRows,
  logOdds: Float32Array,
  first: number,
  columns: number,
): Float32Array {
  const { quietestDbfs = Number.NEGATIVE_INFINITY } = encoded;
  for (let at = 0, segment = first; at < logOdds.length; at += columns, segment += 1)
    if ((info.levelsDbfs[segment] ?? 0) < quietestDbfs) logOdds.fill(Number.NEGATIVE_INFINITY, at, at + columns);
  return logOdds;
}

const backgroundSchema = z.strictObject({
  schema: z.literal(1),
  picture: z.array(z.string()).min(2),
  sound: z.array(z.string()).min(2),
});

const BACKGROUND_NAMES = backgroundSchema.parse(
  JSON.parse(readFileSync(new URL('./background/names.json', import.meta.url), 'utf8')),
);

/** Names of everyday things that labels are compared with, without those that the label list itself contains. */
function backgroundNames(kind: 'picture' | 'sound', labels: readonly Label[]): readonly string[] {
  const listed = new Set(labels.flatMap(namesOf).map(normaliseName));
  return BACKGROUND_NAMES[kind].filter((name) => !listed.has(normaliseName(name)));
}

/** Reads slices of the float32 rows that the encode stage wrote. */
interface RowReader {
  /** @returns [count, width] */
  read(firstRow: number, count: number): Promise<Float32Array>;
  close(): Promise<void>;
}

/** The reader throws EarsightError EARSIGHT_STORE_CORRUPT where the file holds fewer rows than its index says. */
async function openRows(folder: string, { file: name, width }: EncodedRows): Promise<RowReader> {
  const file = await open(join(folder, name), 'r');
  return {
    async read(firstRow, count) {
      const rows = new Float32Array(count * width);
      const bytes = new Uint8Array(rows.buffer);
      const position = firstRow * width * Float32Array.BYTES_PER_ELEMENT;
      for (let done = 0; done < bytes.length;) {
        const { bytesRead } = await file.read(bytes, done, bytes.length - done, position + done);
        if (bytesRead === 0) throw new EarsightError('EARSIGHT_STORE_CORRUPT', { key: `${folder}/${name}` });
        done += bytesRead;
      }
      return rows;
    },
    close: () => file.close(),
  };
}

/** Copies the rows of frames to the segments that show them. */
export async function perFrame(
  info: EncodeInfo,
  first: number,
  end: number,
  width: number,
  read: (firstFrame: number, count: number) => Promise<Float32Array>,
): Promise<Float32Array> {
  const bySegment = new Float32Array((end - first) * width).fill(Number.NEGATIVE_INFINITY);
  const frames = info.segmentFrame.slice(first, end);
  const shown = frames.filter((frame) => frame >= 0);
  if (shown.length === 0) return bySegment;
  const from = Math.min(...shown);
  const rows = await read(from, Math.max(...shown) - from + 1);
  frames.forEach((frame, i) => {
    if (frame >= 0) bySegment.set(rows.subarray((frame - from) * width, (frame - from + 1) * width), i * width);
  });
  return bySegment;
}

function table(
  count: number,
  covered: readonly number[],
  logOdds: (row: number, label: number) => number,
): Float32Array {
  const values = new Float32Array(count * covered.length);
  for (let row = 0; row < count; row += 1)
    covered.forEach((label, column) => (values[row * covered.length + column] = logOdds(row, label)));
  return values;
}
