import {
  bootstrapMeans,
  chosenLetter,
  chosenOrder,
  hallucinationScore,
  orderAccuracy,
  retrievalAccuracy,
  tokeniseCaption,
} from '../../measures/index.js';
import type { Evaluation } from './evaluation.js';
import type { RecordRow } from './records.js';
import { figureOf, pairRecords, type TextOptions } from './texts.js';

export interface VriptOptions extends TextOptions {
  readonly measure: 'hal' | 'rr' | 'ero';
}

/** Words that carry no content of a caption. */
const STOP_WORDS = new Set(
  (
    'a an the and or but if of in on at to from with without by for as into onto over under up down out off is are was were be ' +
    'been being am do does did has have had will would can could may might must shall should this that these those it its he ' +
    'she they them their his her him i you we us our your my me who whom which what when where while there here then than so ' +
    'not no nor very also just each other some any all both few more most such only own same'
  ).split(' '),
);

/** Vript-Hard: `hal` on `{ id, words }` or `{ id, caption }`, `rr` and `ero` on `{ id, answer }`. */
export async function evaluateVript(options: VriptOptions): Promise<Evaluation> {
  const warnings: string[] = [];
  const pairs = await pairRecords(options, warnings);
  const common = { task: `vript ${options.measure}`, count: pairs.length, tables: [], warnings };
  if (options.measure === 'hal') {
    const isGiven = pairs.every(({ truth, pred }) => truth.has('words') && pred.has('words'));
    const scores = pairs.map(({ truth, pred }) => hallucinationScore(wordsOf(pred, isGiven), wordsOf(truth, isGiven)));
    const [precision, recall, f1, publishedRecall, publishedF1] = bootstrapMeans([
      scores.map((score) => score.precision),
      scores.map((score) => score.recall),
      scores.map((score) => score.f1),
      scores.map((score) => score.published.recall),
      scores.map((score) => score.published.f1),
    ]);
    return {
      ...common,
      source: 'Vript-HAL (mutonix/Vript, vript-hard), its recall mended',
      settings: {
        words: isGiven
          ? 'the field words'
          : 'all words without stop words; the published figures take verbs, nouns and names',
        similarity: 'equal words; the published figures use all-mpnet-base-v2',
      },
      figures: [
        figureOf('precision', precision, '0 to 1'),
        figureOf('recall', recall, '0 to 1'),
        figureOf('F1', f1, '0 to 1'),
        figureOf('recall as published', publishedRecall, '0 and up'),
        figureOf('F1 as published', publishedF1, '0 and up'),
      ],
    };
  }
  const answers = pairs.map(({ truth, pred }) => ({ predicted: pred.text('answer'), truth: truth.text('answer') }));
  if (options.measure === 'rr') {
    const { published, empty } = retrievalAccuracy(answers);
    if (empty > 0) warnings.push(`${empty} answers are empty and count as wrong`);
    const right = answers.map((answer) => retrievalAccuracy([answer]).accuracy);
    const unread = answers.filter(({ predicted }) => chosenLetter(predicted) === null).length;
    if (unread > 0) warnings.push(`${unread} answers name no letter in parentheses and count as wrong`);
    return {
      ...common,
      source: 'Vript-RR: accuracy of the first letter in parentheses',
      settings: {},
      figures: [
        figureOf('accuracy', bootstrapMeans([right])[0], '0 to 1'),
        {
          name: 'accuracy as published',
          value: published,
          interval: null,
          range: '0 to 1',
          better: 'higher',
          note: 'without empty answers',
        },
      ],
    };
  }
  const unread = answers.filter(({ predicted }) => chosenOrder(predicted).length !== 3).length;
  if (unread > 0) warnings.push(`${unread} answers do not name three scenes and count as wrong`);
  const each = answers.map((answer) => orderAccuracy([answer]));
  const [at1, at2, at3] = bootstrapMeans([
    each.map(({ at1 }) => at1),
    each.map(({ at2 }) => at2),
    each.map(({ at3 }) => at3),
  ]);
  return {
    ...common,
    source: 'Vript-ERO: share of answers with one, two or three scenes in the right place',
    settings: {},
    figures: [figureOf('@1', at1, '0 to 1'), figureOf('@2', at2, '0 to 1'), figureOf('@3', at3, '0 to 1')],
  };
}

function wordsOf(record: RecordRow, isGiven: boolean): string[] {
  if (isGiven) return record.texts('words');
  const captions = record.has('captions') ? record.texts('captions') : [record.text('caption')];
  return captions
    .flatMap((caption) => tokeniseCaption(caption).split(' '))
    .filter((word) => word !== '' && !STOP_WORDS.has(word));
}
