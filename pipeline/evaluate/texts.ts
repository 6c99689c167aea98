import { EarsightError } from '../../core/errors.js';
import {
  bleu4,
  bootstrapMeans,
  bootstrapStatistic,
  characterEdits,
  checkFavdForm,
  ciderD,
  entityScore,
  errorRate,
  audioScoreOfReadme,
  rougeL,
  tokeniseCaption,
  wordEdits,
  type BootstrapMean,
  type Edits,
} from '../../measures/index.js';
import type { Evaluation, Figure } from './evaluation.js';
import { byId, readRecords, readText, type RecordRow } from './records.js';

export interface TextOptions {
  readonly truth: string;
  readonly pred: string;
}

interface TextPair {
  readonly id: string;
  readonly truth: RecordRow;
  readonly pred: RecordRow;
}

/** Pairs records by their id. @throws EarsightError EARSIGHT_MEASURE_INVALID when none has a partner. */
export async function pairRecords({ truth, pred }: TextOptions, warnings: string[]): Promise<TextPair[]> {
  const truths = byId(await readRecords(truth), 'id', 'video');
  const preds = byId(await readRecords(pred), 'id', 'video');
  const pairs = [...truths].flatMap(([id, record]) => {
    const partner = preds.get(id);
    return partner === undefined ? [] : [{ id, truth: record, pred: partner }];
  });
  if (pairs.length < truths.size)
    warnings.push(`${truths.size - pairs.length} of ${truths.size} have no prediction and are left out`);
  const unknown = [...preds.keys()].filter((id) => !truths.has(id)).length;
  if (unknown > 0) warnings.push(`${unknown} predictions have no truth and are left out`);
  if (pairs.length === 0)
    throw new EarsightError('EARSIGHT_MEASURE_INVALID', { reason: `no id of ${pred} is in ${truth}` });
  return pairs;
}

/**
 * Captions: truth `{ id, captions: [texts] }` or `{ id, caption }`, predictions `{ id, caption }`. Lists of stemmed nouns in
 * `entities` on both sides give EntityScore, the cosines `soundText` and `soundPicture` of a prediction the AudioScore form.
 */
export async function evaluateCaptions(options: TextOptions): Promise<Evaluation> {
  const warnings: string[] = [];
  const pairs = await pairRecords(options, warnings);
  const texts = pairs.map(({ truth, pred }) => ({
    candidate: tokeniseCaption(pred.text('caption')),
    references: (truth.has('captions') ? truth.texts('captions') : [truth.text('caption')]).map(tokeniseCaption),
  }));
  const bleu = bleu4(texts);
  const cider = ciderD(texts);
  const rouge = texts.map(rougeL);
  const empty = texts.filter(({ candidate }) => candidate === '').length;
  if (empty > 0) warnings.push(`${empty} predicted captions hold no word`);
  const [rougeMean, ciderMean] = bootstrapMeans([rouge, cider.perCaption]);
  const entities = pairs.flatMap(({ truth, pred }) =>
    truth.has('entities') && pred.has('entities')
      ? (entityScore(pred.texts('entities'), truth.texts('entities')) ?? [])
      : [],
  );
  const heard = pairs.flatMap(({ pred }) =>
    pred.has('soundText') && pred.has('soundPicture')
      ? [audioScoreOfReadme(pred.number('soundText'), pred.number('soundPicture'))]
      : [],
  );
  const form = pairs.map(({ pred }) => Number(checkFavdForm(pred.text('caption')).problems.length === 0));
  return {
    task: 'captions',
    source: 'caption measures as in pycocoevalcap, on words of our own tokeniser (NFKC, lower case, no punctuation)',
    settings: { tokeniser: 'earsight 1', entitySimilarity: 'equal words' },
    count: pairs.length,
    figures: [
      {
        name: 'BLEU-4',
        value: bleu.corpus,
        interval: bootstrapStatistic(
          texts.length,
          (rows) => bleu4([...rows].flatMap((row) => texts[row] ?? [])).corpus,
          {
            resamples: 100,
          },
        ),
        range: '0 to 1',
        better: 'higher',
      },
      figureOf('ROUGE-L', rougeMean, '0 to 1'),
      figureOf('CIDEr-D', ciderMean, '0 to 10'),
      figureOf('EntityScore', bootstrapMeans([entities])[0], '0 to 1', 'no field entities on both sides'),
      figureOf(
        'AudioScore-style (README)',
        bootstrapMeans([heard])[0],
        '0.5 to 1',
        'no fields soundText and soundPicture',
      ),
      figureOf('share in the form of FAVDBench', bootstrapMeans([form])[0], '0 to 1'),
    ],
    tables: [],
    warnings,
    details: {
      captions: pairs.map(({ id }, at) => ({
        id,
        bleu4: bleu.perCaption[at],
        rougeL: rouge[at],
        ciderD: cider.perCaption[at],
      })),
    },
  };
}

/** Transcripts: `{ id, text }` on both sides, or one plain text file (`.txt`) on each. */
export async function evaluateTranscript(options: TextOptions): Promise<Evaluation> {
  const warnings: string[] = [];
  const isPlain = options.truth.endsWith('.txt') && options.pred.endsWith('.txt');
  const texts = isPlain
    ? [{ id: options.pred, truth: await readText(options.truth), pred: await readText(options.pred) }]
    : (await pairRecords(options, warnings)).map(({ id, truth, pred }) => ({
        id,
        truth: truth.text('text'),
        pred: pred.text('text'),
      }));
  const words = texts.map(({ truth, pred }) => wordEdits(pred, truth));
  const characters = texts.map(({ truth, pred }) => characterEdits(pred, truth));
  const invented = words.filter(({ reference, insertions }) => reference === 0 && insertions > 0).length;
  if (invented > 0) warnings.push(`${invented} transcripts hold words where the reference is empty`);
  const rate = (name: string, edits: readonly Edits[]): Figure => ({
    name,
    value: errorRate(edits),
    interval: bootstrapStatistic(
      edits.length,
      (rows) => errorRate([...rows].flatMap((row) => edits[row] ?? [])) ?? NaN,
    ),
    range: '0 and up',
    better: 'lower',
    note: 'the references are empty',
  });
  const total = (edits: readonly Edits[], key: keyof Edits): number => edits.reduce((sum, each) => sum + each[key], 0);
  return {
    task: 'transcript',
    source: 'edits over units of the reference, pooled',
    settings: {
      normaliser: 'NFKC, lower case, no punctuation and symbols, apostrophes inside words kept, numbers as written',
    },
    count: texts.length,
    figures: [rate('word error rate', words), rate('character error rate', characters)],
    tables: [
      {
        title: 'edits',
        columns: ['unit', 'substitutions', 'deletions', 'insertions', 'reference'],
        rows: (
          [
            ['words', words],
            ['characters', characters],
          ] as const
        ).map(([unit, edits]) => [
          unit,
          total(edits, 'substitutions'),
          total(edits, 'deletions'),
          total(edits, 'insertions'),
          total(edits, 'reference'),
        ]),
      },
    ],
    warnings,
    details: { transcripts: texts.map(({ id }, at) => ({ id, words: words[at], characters: characters[at] })) },
  };
}

export function figureOf(name: string, result: BootstrapMean | undefined, range: string, note?: string): Figure {
  const isThere = result !== undefined && Number.isFinite(result.mean);
  return {
    name,
    value: isThere ? result.mean : null,
    interval: isThere ? result.interval : null,
    range,
    better: 'higher',
    ...(note === undefined ? {} : { note }),
  };
}
