import { bootstrapMeans, type BootstrapOptions, type Interval } from '../bootstrap.js';
import { NO_COUNTS, addCounts, eventCounts, f1Of, segmentCounts, type Counts } from './counts.js';
import type { LabelGrid } from './label-grid.js';

/** The labels of one video in both modalities. */
export interface VideoLabels {
  readonly audio: LabelGrid;
  readonly visual: LabelGrid;
}

/** F scores of one video, 0 to 1, by what is compared. `event` adds the counts of audio and visual before the F score. */
export interface VideoFigures {
  readonly audio: number;
  readonly visual: number;
  readonly audioVisual: number;
  readonly event: number;
}

export interface VideoScore {
  readonly segment: VideoFigures;
  readonly event: VideoFigures;
}

/** The five numbers of a level, 0 to 1. Papers print them times 100 with one decimal. */
export interface LevelFigures {
  readonly audio: number;
  readonly visual: number;
  readonly audioVisual: number;
  /** Type@AV: the mean of the three. */
  readonly type: number;
  /** Event@AV. */
  readonly event: number;
}

export interface ClassCounts {
  readonly audio: Counts;
  readonly visual: Counts;
  readonly audioVisual: Counts;
}

export interface ParsingScore {
  readonly videos: number;
  readonly segment: LevelFigures;
  readonly event: LevelFigures;
  /** 95 % intervals of a bootstrap over videos. */
  readonly intervals: {
    readonly segment: Record<keyof LevelFigures, Interval>;
    readonly event: Record<keyof LevelFigures, Interval>;
  };
  /** Counts pooled over all videos, one entry per class, in the order of the class list. */
  readonly classes: readonly { readonly segment: ClassCounts; readonly event: ClassCounts }[];
  readonly perVideo: readonly VideoScore[];
}

const LEVELS = { segment: segmentCounts, event: eventCounts } as const;
const FIGURES = ['audio', 'visual', 'audioVisual', 'event'] as const;

/**
 * Scores one video by LLP's protocol (Tian et al., ECCV 2020; YapengTian/AVVP-ECCV20, utils/eval_metrics.py). A class
 * counts where something is predicted or something is true; a score is the unweighted mean F1 of the classes that count,
 * and 1 if none does. Any number of classes and segments.
 */
export function scoreVideo(predicted: VideoLabels, truth: VideoLabels): VideoScore {
  return {
    segment: figuresOf(countsOf(predicted, truth, 'segment')),
    event: figuresOf(countsOf(predicted, truth, 'event')),
  };
}

/**
 * Scores a set of videos: the means of the scores of the videos, with intervals and with counts per class.
 * @param pairs predicted and true labels of each video, all grids of one size
 * @throws RangeError when a grid differs in size from the others, or when there is no video.
 */
export function scoreParsing(
  pairs: readonly { readonly predicted: VideoLabels; readonly truth: VideoLabels }[],
  options: BootstrapOptions = {},
): ParsingScore {
  const [first] = pairs;
  if (first === undefined) throw new RangeError('there is no video to score');
  const { classes, segments } = first.truth.audio;
  const pooled = Array.from({ length: classes }, () => ({ segment: noClassCounts(), event: noClassCounts() }));
  const perVideo = pairs.map(({ predicted, truth }) => {
    for (const grid of [predicted.audio, predicted.visual, truth.audio, truth.visual])
      if (grid.classes !== classes || grid.segments !== segments)
        throw new RangeError(`a grid of ${grid.classes} × ${grid.segments} among grids of ${classes} × ${segments}`);
    const score = { segment: NO_FIGURES, event: NO_FIGURES };
    for (const level of ['segment', 'event'] as const) {
      const counts = countsOf(predicted, truth, level);
      score[level] = figuresOf(counts);
      for (const [index, entry] of pooled.entries())
        for (const type of ['audio', 'visual', 'audioVisual'] as const)
          entry[level][type] = addCounts(entry[level][type], counts[type][index] ?? NO_COUNTS);
    }
    return score;
  });
  const [segment, segmentIntervals] = levelOf(perVideo, 'segment', options);
  const [event, eventIntervals] = levelOf(perVideo, 'event', options);
  const intervals = { segment: segmentIntervals, event: eventIntervals };
  return { videos: pairs.length, segment, event, intervals, classes: pooled, perVideo };
}

const NO_FIGURES: VideoFigures = { audio: 1, visual: 1, audioVisual: 1, event: 1 };

function noClassCounts(): { -readonly [Type in keyof ClassCounts]: Counts } {
  return { audio: NO_COUNTS, visual: NO_COUNTS, audioVisual: NO_COUNTS };
}

type CountsByType = Record<'audio' | 'visual' | 'audioVisual', readonly Counts[]>;

function countsOf(predicted: VideoLabels, truth: VideoLabels, level: keyof typeof LEVELS): CountsByType {
  const count = LEVELS[level];
  return {
    audio: count(predicted.audio, truth.audio),
    visual: count(predicted.visual, truth.visual),
    // Audio-visual events are runs of the product rows, not pairs of an audio and a visual event.
    audioVisual: count(predicted.audio.and(predicted.visual), truth.audio.and(truth.visual)),
  };
}

function figuresOf({ audio, visual, audioVisual }: CountsByType): VideoFigures {
  const both = audio.map((counts, index) => addCounts(counts, visual[index] ?? NO_COUNTS));
  return {
    audio: classMean(audio),
    visual: classMean(visual),
    audioVisual: classMean(audioVisual),
    event: classMean(both),
  };
}

function classMean(counts: readonly Counts[]): number {
  const scores = counts.map(f1Of).filter((score) => score !== null);
  return scores.length === 0 ? 1 : scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

function levelOf(
  videos: readonly VideoScore[],
  level: keyof typeof LEVELS,
  options: BootstrapOptions,
): [LevelFigures, Record<keyof LevelFigures, Interval>] {
  const columns = FIGURES.map((figure) => Float64Array.from(videos, (video) => video[level][figure]));
  const type = Float64Array.from(
    videos,
    (video) => (video[level].audio + video[level].visual + video[level].audioVisual) / 3,
  );
  const [audio, visual, audioVisual, event, typeMean] = bootstrapMeans([...columns, type], options);
  if (!audio || !visual || !audioVisual || !event || !typeMean) throw new RangeError('a column is missing');
  const results = { audio, visual, audioVisual, type: typeMean, event };
  const pick = <Key extends 'mean' | 'interval'>(key: Key) => ({
    audio: audio[key],
    visual: visual[key],
    audioVisual: audioVisual[key],
    type: results.type[key],
    event: event[key],
  });
  return [pick('mean'), pick('interval')];
}
