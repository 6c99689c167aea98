import {
  LLP_CLASSES,
  LabelGrid,
  f1Of,
  paintSpans,
  readFilenames,
  readLabelledSpans,
  readVideoLabels,
  scoreParsing,
  type ParsingScore,
  type VideoLabels,
} from '../../measures/index.js';
import { EarsightError } from '../../core/errors.js';
import type { Evaluation, EvaluationTable, Figure } from './evaluation.js';
import { readPredictedLabels, type GateSetting } from './predicted-labels.js';
import { readText } from './records.js';

export interface AvvpOptions {
  readonly truthAudio: string;
  readonly truthVisual: string;
  readonly predAudio?: string;
  readonly predVisual?: string;
  /** The output folder of `earsight run`. */
  readonly pred?: string;
  readonly videos?: string;
  readonly classes?: string;
  readonly segments: number;
  readonly gate: GateSetting;
  readonly perVideo: boolean;
}

/** With fewer predicted labels, that all of them lie within the weak labels may be chance. */
const LEAST_LABELS_TO_SUSPECT = 30;
const FIGURES = ['audio', 'visual', 'audioVisual', 'type', 'event'] as const;
const NAMES = { audio: 'A', visual: 'V', audioVisual: 'AV', type: 'Type@AV', event: 'Event@AV' } as const;

/** LLP's protocol on tables in LLP's form, or on an output folder of earsight. */
export async function evaluateAvvp(options: AvvpOptions): Promise<Evaluation> {
  const classes = options.classes === undefined ? [...LLP_CLASSES] : await classList(options.classes);
  const shape = { classes: classes.length, segments: options.segments };
  const spansOf = async (path: string) => readLabelledSpans(await readText(path), path, classes);
  const truth = {
    audio: paintSpans(await spansOf(options.truthAudio), shape),
    visual: paintSpans(await spansOf(options.truthVisual), shape),
  };
  const warnings: string[] = [];
  const predicted = await predictions(options, classes, warnings);
  const names = await videoNames(options, [truth.audio, truth.visual, predicted.audio, predicted.visual]);
  const empty = new LabelGrid(shape.classes, shape.segments);
  const pairs = names.map((filename) => ({
    filename,
    truth: { audio: truth.audio.get(filename) ?? empty, visual: truth.visual.get(filename) ?? empty },
    predicted: { audio: predicted.audio.get(filename) ?? empty, visual: predicted.visual.get(filename) ?? empty },
  }));
  if (pairs.length === 0) throw new EarsightError('EARSIGHT_MEASURE_INVALID', { reason: 'no video is in the files' });
  warnings.push(...missing(names, predicted), ...(await leaks(options, classes, pairs)));
  const score = scoreParsing(pairs);
  return {
    task: 'avvp',
    source: 'LLP protocol (Tian et al., ECCV 2020; YapengTian/AVVP-ECCV20 utils/eval_metrics.py), F scores 0 to 1',
    settings: {
      segments: options.segments,
      classes: classes.length,
      gate: options.gate,
      videos: options.videos ?? null,
    },
    count: pairs.length,
    figures: (['segment', 'event'] as const).flatMap((level) => figuresOf(score, level)),
    tables: (['segment', 'event'] as const).map((level) => classTable(score, classes, level)),
    warnings,
    details: {
      segment: score.segment,
      event: score.event,
      ...(options.perVideo
        ? { videos: score.perVideo.map((video, at) => ({ filename: pairs[at]?.filename ?? '', ...video })) }
        : {}),
    },
  };
}

async function predictions(
  { predAudio, predVisual, pred, gate, segments }: AvvpOptions,
  classes: readonly string[],
  warnings: string[],
): Promise<{ audio: Map<string, LabelGrid>; visual: Map<string, LabelGrid> }> {
  if (pred !== undefined) {
    if (predAudio !== undefined || predVisual !== undefined)
      throw new EarsightError('EARSIGHT_USAGE', {
        reason: '--pred and --pred-audio or --pred-visual exclude each other',
      });
    return await readPredictedLabels(pred, { classes, segments, gate }, warnings);
  }
  if (predAudio === undefined || predVisual === undefined)
    throw new EarsightError('EARSIGHT_USAGE', { reason: 'give --pred, or both --pred-audio and --pred-visual' });
  if (gate !== 'none')
    throw new EarsightError('EARSIGHT_USAGE', { reason: '--gate needs the scores of an output folder (--pred)' });
  const shape = { classes: classes.length, segments };
  return {
    audio: paintSpans(readLabelledSpans(await readText(predAudio), predAudio, classes), shape),
    visual: paintSpans(readLabelledSpans(await readText(predVisual), predVisual, classes), shape),
  };
}

async function classList(path: string): Promise<string[]> {
  const names = (await readText(path)).split(/\r?\n/).map((name) => name.trim());
  return names.filter((name) => name !== '' && !name.startsWith('#'));
}

async function videoNames(
  { videos }: AvvpOptions,
  grids: readonly ReadonlyMap<string, LabelGrid>[],
): Promise<string[]> {
  if (videos !== undefined) return readFilenames(await readText(videos), videos);
  return [...new Set(grids.flatMap((grid) => [...grid.keys()]))].sort();
}

function missing(
  names: readonly string[],
  { audio, visual }: { audio: ReadonlyMap<string, unknown>; visual: ReadonlyMap<string, unknown> },
): string[] {
  const without = names.filter((name) => !audio.has(name) && !visual.has(name));
  if (without.length === 0) return [];
  return [
    `${without.length} of ${names.length} videos have no prediction and count as empty, for example ${without[0] ?? ''}`,
  ];
}

/** A prediction that never leaves the weak labels of the videos has probably read them. */
async function leaks(
  { videos }: AvvpOptions,
  classes: readonly string[],
  pairs: readonly { filename: string; predicted: VideoLabels }[],
): Promise<string[]> {
  if (videos === undefined) return [];
  const text = await readText(videos);
  if (!(text.split(/\r?\n/, 1)[0] ?? '').split(/[\t,]/).includes('event_labels')) return [];
  const weak = readVideoLabels(text, videos, classes);
  let inside = 0;
  for (const { filename, predicted } of pairs)
    for (let index = 0; index < classes.length; index += 1) {
      if (![predicted.audio, predicted.visual].some((grid) => grid.row(index).includes(1))) continue;
      if (!(weak.get(filename) ?? []).includes(index)) return [];
      inside += 1;
    }
  if (inside < LEAST_LABELS_TO_SUSPECT) return [];
  return [
    `all ${inside} predicted labels lie within the weak labels of their videos: a prediction that reads the weak label it is judged by is not a result`,
  ];
}

function figuresOf(score: ParsingScore, level: 'segment' | 'event'): Figure[] {
  return FIGURES.map((figure) => ({
    name: `${level} ${NAMES[figure]}`,
    value: score[level][figure],
    interval: score.intervals[level][figure],
    range: '0 to 1',
    better: 'higher',
  }));
}

function classTable(score: ParsingScore, classes: readonly string[], level: 'segment' | 'event'): EvaluationTable {
  const types = ['audio', 'visual', 'audioVisual'] as const;
  return {
    title: `F1 per class, ${level}s, counts pooled over videos (true positives/false positives/false negatives)`,
    columns: ['class', ...types.flatMap((type) => [NAMES[type], `${NAMES[type]} counts`])],
    rows: classes.map((name, index) => [
      name,
      ...types.flatMap((type) => {
        const counts = score.classes[index]?.[level][type] ?? {
          truePositives: 0,
          falsePositives: 0,
          falseNegatives: 0,
        };
        return [f1Of(counts), `${counts.truePositives}/${counts.falsePositives}/${counts.falseNegatives}`];
      }),
    ]),
  };
}
