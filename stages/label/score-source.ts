import type { TextEncoder } from '../../models/encoders/encoder.js';
import type { EncodedRows, EncodeInfo } from '../encode/encode-info.js';
import { backgroundNames } from './background-names.js';
import { coverLabels } from './class-coverage.js';
import { cachedEmbeddings, labelEmbeddings, promptOf } from './label-embeddings.js';
import type { Label } from './label-set.js';
import type { Taxonomy } from './llp-mapping.js';
import { logit, operatingLogit } from './operating-points.js';
import { openRows, type RowReader } from './row-reader.js';
import { soundOpinions } from './sound-opinions.js';
import { presenceLogOdds } from './text-scores.js';
import { poolWindows } from './window-pooling.js';

/** One network's opinion on the labels it covers. */
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
  /** What it sees that is evidence for labels only while they are heard, in the same numbers. */
  readonly companions?: {
    readonly labels: readonly number[];
    /** For each label the thing's own name, `person`. */
    readonly seenAs: readonly string[];
    readonly read: ScoreSource['read'];
  };
  close(): Promise<void>;
}

/** Rows of class scores or embeddings, turned into log-odds of labels: [rows, width] to [rows, covered]. */
type Reading = (rows: Float32Array, count: number) => Float32Array;

/** A network with classes of its own: the best class of a label counts; shares of a softmax add up. */
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
  const points = encoded.classes.map((name) =>
    presentFrom === undefined ? operatingLogit(taxonomy, name) : logit(presentFrom),
  );
  const reading: Reading = (rows, count) =>
    table(count, covered, (row, label) => {
      const classes = classesOf[label] ?? [];
      const score = (index: number): number => rows[row * encoded.width + index] ?? 0;
      const point = (index: number): number => points[index] ?? 0;
      if (encoded.meaning === 'softmax')
        return logit(classes.reduce((sum, index) => sum + score(index), 0)) - point(classes[0] ?? 0);
      return Math.max(...classes.map((index) => logit(score(index)) - point(index)));
    });
  return source(info, encoded, covered, unmatched, await openRows(folder, encoded), reading);
}

/** A network whose embeddings are compared with those of the labels' prompts: it covers every label. */
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
  const wanted = await labelEmbeddings(text, labels, width, cacheFolder, signal);
  const names = backgroundNames(encoded.modality === 'audio' ? 'sound' : 'picture', labels);
  const prompts = names.map((name) => promptOf(text.template, name));
  const background = await cachedEmbeddings(text, prompts, width, cacheFolder, signal);
  const reading: Reading = (rows) => presenceLogOdds(rows, wanted, background, width, text.logitScale);
  const covered = labels.map((_, label) => label);
  return source(info, encoded, covered, [], await openRows(folder, encoded), reading);
}

function source(
  info: EncodeInfo,
  encoded: EncodedRows,
  covered: readonly number[],
  unmatched: readonly string[],
  rows: RowReader,
  reading: Reading,
): ScoreSource {
  const readRows = async (first: number, count: number): Promise<Float32Array> =>
    reading(await rows.read(first, count), count);
  const read =
    encoded.modality === 'audio'
      ? async (first: number, end: number): Promise<Float32Array> => {
          const opinions = await soundOpinions(info, encoded, readRows, covered.length, first, end);
          const pooled = poolWindows(info, opinions, encoded, first, covered.length);
          return loudEnough(info, encoded, pooled, first, covered.length);
        }
      : (first: number, end: number): Promise<Float32Array> => perFrame(info, first, end, covered.length, readRows);
  return { model: encoded.model, modality: encoded.modality, covered, unmatched, read, close: () => rows.close() };
}

/** Without what was said of segments quieter than anything the network has learned from. */
function loudEnough(
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

/** Spreads rows of frames over the segments that show them. */
export async function perFrame(
  info: EncodeInfo,
  first: number,
  end: number,
  width: number,
  read: (firstFrame: number, count: number) => Promise<Float32Array>,
): Promise<Float32Array> {
  const spread = new Float32Array((end - first) * width).fill(Number.NEGATIVE_INFINITY);
  const frames = info.segmentFrame.slice(first, end);
  const shown = frames.filter((frame) => frame >= 0);
  if (shown.length === 0) return spread;
  const from = Math.min(...shown);
  const rows = await read(from, Math.max(...shown) - from + 1);
  frames.forEach((frame, i) => {
    if (frame >= 0) spread.set(rows.subarray((frame - from) * width, (frame - from + 1) * width), i * width);
  });
  return spread;
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
