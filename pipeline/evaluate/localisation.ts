import { EarsightError } from '../../core/errors.js';
import {
  bootstrapStatistic,
  scoreOpenVocabulary,
  segmentAccuracy,
  type OpenVocabularyVideo,
} from '../../measures/index.js';
import type { Evaluation, Figure } from './evaluation.js';
import { byId, readRecords, readText, type RecordRow } from './records.js';

export interface LocalisationOptions {
  readonly truth: string;
  readonly pred: string;
  readonly segments: number;
  /** Of `ov-ave`: a file with the categories that were seen in training, one per line. */
  readonly seen?: string;
}

const BACKGROUND = 'background';

/**
 * AVE: accuracy over all segments. Truth is AVE's `Annotations.txt` (`category&id&quality&start&end`), predictions are records
 * `{ id, labels: [one category or "background" per segment] }`.
 */
export async function evaluateAve({ truth, pred, segments }: LocalisationOptions): Promise<Evaluation> {
  const warnings: string[] = [];
  const annotations = await readAveAnnotations(truth, segments, warnings);
  const predictions = byId(await readRecords(pred), 'id', 'video');
  const names = [BACKGROUND, ...new Set([...annotations.values()].flat().filter((name) => name !== BACKGROUND))];
  const known = new Map(names.map((name, index) => [name.toLowerCase(), index]));
  const videos = paired(annotations, predictions, warnings).map(([labels, record]) => {
    const guesses = labelsOf(record, segments).map((label) => known.get((label ?? BACKGROUND).toLowerCase()) ?? -1);
    return { truth: labels.map((label) => known.get(label.toLowerCase()) ?? 0), predicted: guesses };
  });
  const result = segmentAccuracy(videos);
  const interval = bootstrapStatistic(videos.length, (rows) => {
    let right = 0;
    let all = 0;
    for (const row of rows) {
      right += result.perVideo[row]?.right ?? 0;
      all += result.perVideo[row]?.all ?? 0;
    }
    return right / all;
  });
  return {
    task: 'ave',
    source: 'accuracy over all segments, background included (Tian et al., ECCV 2018)',
    settings: { segments, classes: names.length },
    count: videos.length,
    figures: [{ name: 'accuracy', value: result.accuracy, interval, range: '0 to 1', better: 'higher' }],
    tables: [
      {
        title: 'per true class',
        columns: ['class', 'accuracy', 'right', 'segments'],
        rows: [...result.classes]
          .sort(([a], [b]) => a - b)
          .map(([index, { right, all }]) => [names[index] ?? '?', right / all, right, all]),
      },
    ],
    warnings,
  };
}

/** OV-AVEBench: seen and unseen categories apart. Truth is its JSON annotation, `{ id: { category, label } }`. */
export async function evaluateOpenVocabulary(options: LocalisationOptions): Promise<Evaluation> {
  const { truth, pred, segments, seen } = options;
  if (seen === undefined)
    throw new EarsightError('EARSIGHT_USAGE', {
      reason: '--seen is needed: the categories that were seen in training, one per line',
    });
  const seenNames = new Set(
    (await readText(seen))
      .split(/\r?\n/)
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  );
  const warnings: string[] = [];
  const truths = new Map(
    [...byId(await readRecords(truth), 'id', 'video')].map(([id, record]) => [id, record] as const),
  );
  const predictions = byId(await readRecords(pred), 'id', 'video');
  const videos: OpenVocabularyVideo[] = paired(truths, predictions, warnings).map(([record, predicted]) => {
    const labels = presence(record);
    return { category: record.text('category'), truth: labels, predicted: labelsOf(predicted, labels.length) };
  });
  const parts = scoreOpenVocabulary(videos, seenNames);
  const figures = (['all', 'seen', 'unseen'] as const).flatMap((part) =>
    (['accuracy', 'segmentF1', 'eventF1'] as const).map((name): Figure => {
      const of =
        part === 'all' ? videos : videos.filter(({ category }) => seenNames.has(category) === (part === 'seen'));
      const interval =
        of.length === 0
          ? null
          : bootstrapStatistic(
              of.length,
              (rows) => {
                const drawn = [...rows].flatMap((row) => of[row] ?? []);
                return scoreOpenVocabulary(drawn, seenNames).all?.[name] ?? NaN;
              },
              { resamples: 200 },
            );
      return {
        name: `${part} ${name}`,
        value: parts[part]?.[name] ?? null,
        interval,
        range: '0 to 1',
        better: 'higher',
      };
    }),
  );
  return {
    task: 'ov-ave',
    source: 'OV-AVEBench: segment accuracy, and F1 of segments and of events from an IoU of one half',
    settings: { segments, seen: seenNames.size },
    count: videos.length,
    figures,
    tables: [categoryTable(videos, seenNames)],
    warnings,
  };
}

function categoryTable(videos: readonly OpenVocabularyVideo[], seen: ReadonlySet<string>) {
  const categories = [...new Set(videos.map(({ category }) => category))].sort();
  return {
    title: 'per category',
    columns: ['category', 'seen', 'videos', 'accuracy', 'segment F1', 'event F1'],
    rows: categories.map((category) => {
      const figures = scoreOpenVocabulary(
        videos.filter((video) => video.category === category),
        seen,
      ).all;
      const isSeen = seen.has(category) ? 'yes' : 'no';
      return [
        category,
        isSeen,
        figures?.videos ?? 0,
        figures?.accuracy ?? null,
        figures?.segmentF1 ?? null,
        figures?.eventF1 ?? null,
      ];
    }),
  };
}

async function readAveAnnotations(path: string, segments: number, warnings: string[]): Promise<Map<string, string[]>> {
  const videos = new Map<string, string[]>();
  let repeated = 0;
  for (const [at, row] of (await readText(path)).split(/\r?\n/).entries()) {
    if (row.trim() === '' || /^category&/i.test(row)) continue;
    const invalid = (reason: string) => new EarsightError('EARSIGHT_TABLE_INVALID', { path, line: at + 1, reason });
    const [category = '', id = '', , start = '', end = ''] = row.split('&');
    if (row.split('&').length !== 5) throw invalid('not five fields with & between them');
    const [from, to] = [Number(start), Number(end)];
    if (!Number.isFinite(from) || !Number.isFinite(to) || start === '' || end === '')
      throw invalid('start or end is not a number');
    repeated += Number(videos.has(id));
    const labels = videos.get(id) ?? new Array<string>(segments).fill(BACKGROUND);
    labels.fill(category, Math.max(0, Math.trunc(from)), Math.max(0, Math.trunc(to)));
    videos.set(id, labels);
  }
  if (repeated > 0)
    warnings.push(
      `${repeated} rows belong to a video that has an earlier row; where they overlap, the later one counts`,
    );
  return videos;
}

/** Pairs truths with predictions by id; what has no partner is named in a warning. */
function paired<Truth>(
  truths: ReadonlyMap<string, Truth>,
  predictions: ReadonlyMap<string, RecordRow>,
  warnings: string[],
): [Truth, RecordRow][] {
  const ids = [...predictions.keys()].filter((id) => truths.has(id));
  const unknown = [...predictions.keys()].filter((id) => !truths.has(id));
  if (unknown.length > 0)
    warnings.push(`${unknown.length} predictions belong to no true video, for example ${unknown[0] ?? ''}`);
  if (ids.length < truths.size)
    warnings.push(`${truths.size - ids.length} of ${truths.size} true videos have no prediction and are left out`);
  if (ids.length === 0)
    throw new EarsightError('EARSIGHT_MEASURE_INVALID', { reason: 'no prediction has the id of a true video' });
  return ids.flatMap((id) => {
    const truth = truths.get(id);
    const record = predictions.get(id);
    return truth === undefined || record === undefined ? [] : [[truth, record]];
  });
}

function labelsOf(record: RecordRow, segments: number): (string | null)[] {
  const labels = record.list('labels').map((label) => {
    if (label === null || label === '' || label === BACKGROUND) return null;
    if (typeof label !== 'string') throw record.invalid('the field labels holds something that is not a category');
    return label;
  });
  if (labels.length !== segments) throw record.invalid(`${labels.length} labels instead of ${segments}`);
  return labels;
}

/** OV-AVEBench writes its lists as texts: "[0, 1, 1]". */
function presence(record: RecordRow): number[] {
  const marks = record
    .text('label')
    .replace(/[[\]\s]/g, '')
    .split(',')
    .map(Number);
  if (marks.some((mark) => mark !== 0 && mark !== 1)) throw record.invalid('the field label is not a list of 0 and 1');
  return marks;
}
