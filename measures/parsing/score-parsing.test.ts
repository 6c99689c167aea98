import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hasShared, sharedPath } from '../testing/shared-data.js';
import { decodeScores } from './decode-scores.js';
import { LabelGrid } from './label-grid.js';
import { LLP_CLASSES, LLP_SEGMENTS } from './llp-classes.js';
import { paintSpans, readFilenames, readLabelledSpans, readVideoLabels } from './llp-tables.js';
import { scoreParsing, scoreVideo, type VideoFigures, type VideoLabels } from './score-parsing.js';

const SHAPE = { classes: LLP_CLASSES.length, segments: LLP_SEGMENTS };
const ORDER = ['audio', 'visual', 'event', 'audioVisual'] as const;

function gridOf(rows: Readonly<Record<string, string>>): LabelGrid {
  const grid = new LabelGrid(SHAPE.classes, SHAPE.segments);
  for (const [index, row] of Object.entries(rows))
    for (const [at, mark] of Array.from(row).entries()) if (mark === '1') grid.paint(Number(index), at, at + 1);
  return grid;
}

function values(figures: VideoFigures): number[] {
  return ORDER.map((name) => figures[name]);
}

describe('the edge cases of the protocol', () => {
  const cases = [
    ['nothing true and nothing predicted', '', '', [1, 1, 1, 1], [1, 1, 1, 1]],
    ['a miss', '', '1111000000', [0, 1, 0, 1], [0, 1, 0, 1]],
    ['an IoU of exactly one half', '1111100000', '1111111111', [2 / 3, 1, 2 / 3, 1], [1, 1, 1, 1]],
    ['two predictions for one event', '1111101111', '1111111111', [18 / 19, 1, 18 / 19, 1], [2 / 3, 1, 2 / 3, 1]],
    ['one prediction for two events', '1111111110', '1111011110', [16 / 17, 1, 16 / 17, 1], [0, 1, 0, 1]],
  ] as const;
  for (const [name, predicted, truth, segment, event] of cases)
    it(`scores ${name}`, () => {
      const none = gridOf({});
      const score = scoreVideo(
        { audio: gridOf({ 0: predicted }), visual: none },
        { audio: gridOf({ 0: truth }), visual: none },
      );
      for (const [at, value] of segment.entries()) expect(values(score.segment)[at]).toBeCloseTo(value, 12);
      for (const [at, value] of event.entries()) expect(values(score.event)[at]).toBeCloseTo(value, 12);
    });
});

interface Golden {
  readonly avvp: {
    readonly cases: readonly (Record<'pa' | 'pv' | 'ga' | 'gv', Record<string, string>> & {
      seg: number[];
      evt: number[];
    })[];
  };
}

describe.skipIf(!hasShared)('the authors’ evaluator (skipped without ../shared)', () => {
  it('agrees to 1e-6 on every golden case', () => {
    const { avvp } = JSON.parse(readFileSync(sharedPath('oracles/golden.json'), 'utf8')) as Golden;
    expect(avvp.cases.length).toBeGreaterThan(200);
    for (const { pa, pv, ga, gv, seg, evt } of avvp.cases) {
      const score = scoreVideo({ audio: gridOf(pa), visual: gridOf(pv) }, { audio: gridOf(ga), visual: gridOf(gv) });
      for (const [at, value] of values(score.segment).entries())
        expect(Math.abs(value - (seg[at] ?? NaN))).toBeLessThan(1e-6);
      for (const [at, value] of values(score.event).entries())
        expect(Math.abs(value - (evt[at] ?? NaN))).toBeLessThan(1e-6);
    }
  });

  const read = (name: string): [string, string] => [readFileSync(sharedPath(`annotations/llp/${name}`), 'utf8'), name];
  const anchors = {
    test: {
      weak: '76.1176 60.3480 52.6103 63.0253 71.7258 63.0272 55.7527 44.6921 54.4907 61.6011',
      empty: '0.5000 10.0833 14.5000 8.3611 0.0000 0.5000 10.0833 14.5000 8.3611 0.0000',
      'weak audio': '76.1176 10.0833 14.5000 33.5670 58.5948 63.0272 10.0833 14.5000 29.2035 46.4548',
      'weak visual': '0.5000 60.3480 14.5000 25.1160 43.1524 0.5000 55.7527 14.5000 23.5842 36.9154',
      'weak half': '52.7750 41.4393 36.4784 43.5642 50.8667 58.5770 53.4006 41.4414 51.1397 58.0764',
      'true audio': '100.0000 57.3976 63.8874 73.7617 81.3578 100.0000 52.8497 62.6195 71.8231 79.8727',
      'true visual': '57.3976 100.0000 86.3346 81.2441 63.8966 52.8497 100.0000 81.4222 78.0906 61.1369',
      masked: '99.0764 98.8333 99.3611 99.0903 98.8333 99.0764 98.8333 99.3611 99.0903 98.8333',
    },
    val: {
      weak: '77.0748 58.6541 52.0727 62.6005 71.5336 63.8487 53.4754 44.1491 53.8244 61.1207',
      empty: '0.6163 10.7858 14.3297 8.5773 0.0000 0.6163 10.7858 14.3297 8.5773 0.0000',
      'weak audio': '77.0748 10.7858 14.3297 34.0634 60.0186 63.8487 10.7858 14.3297 29.6547 47.5980',
    },
  } as const;
  for (const [split, expected] of Object.entries(anchors))
    it(`gives the authors' numbers for trivial predictors on the ${split} labels, to four decimals`, () => {
      const audio = paintSpans(readLabelledSpans(...read('AVVP_eval_audio.csv'), LLP_CLASSES), SHAPE);
      const visual = paintSpans(readLabelledSpans(...read('AVVP_eval_visual.csv'), LLP_CLASSES), SHAPE);
      const list = read(`AVVP_${split}_pd.csv`);
      const weakLabels = readVideoLabels(...list, LLP_CLASSES);
      const empty = new LabelGrid(SHAPE.classes, SHAPE.segments);
      const painted = (filename: string, to: number): LabelGrid => {
        const grid = new LabelGrid(SHAPE.classes, SHAPE.segments);
        for (const index of weakLabels.get(filename) ?? []) grid.paint(index, 0, to);
        return grid;
      };
      const predictors: Record<string, (filename: string, truth: VideoLabels) => VideoLabels> = {
        weak: (name) => ({ audio: painted(name, 10), visual: painted(name, 10) }),
        empty: () => ({ audio: empty, visual: empty }),
        'weak audio': (name) => ({ audio: painted(name, 10), visual: empty }),
        'weak visual': (name) => ({ audio: empty, visual: painted(name, 10) }),
        'weak half': (name) => ({ audio: painted(name, 5), visual: painted(name, 5) }),
        'true audio': (_, truth) => ({ audio: truth.audio, visual: truth.audio }),
        'true visual': (_, truth) => ({ audio: truth.visual, visual: truth.visual }),
        masked: (name, truth) => ({
          audio: truth.audio.and(painted(name, 10)),
          visual: truth.visual.and(painted(name, 10)),
        }),
      };
      for (const [name, figures] of Object.entries(expected)) {
        const pairs = readFilenames(...list).map((filename) => {
          const truth = { audio: audio.get(filename) ?? empty, visual: visual.get(filename) ?? empty };
          return { truth, predicted: predictors[name]?.(filename, truth) ?? truth };
        });
        const { segment, event } = scoreParsing(pairs, { resamples: 0 });
        const printed = [segment, event].flatMap((level) =>
          (['audio', 'visual', 'audioVisual', 'type', 'event'] as const).map((figure) =>
            (100 * level[figure]).toFixed(4),
          ),
        );
        expect(`${name}: ${printed.join(' ')}`).toBe(`${name}: ${figures}`);
      }
    });
});

describe('other shapes', () => {
  it('takes any number of classes and segments', () => {
    const truth = new LabelGrid(2, 60);
    truth.paint(1, 30, 60);
    const labels = { audio: truth, visual: truth };
    expect(scoreParsing([{ predicted: labels, truth: labels }]).segment.type).toBe(1);
  });

  it('refuses grids of unlike sizes', () => {
    const small = { audio: new LabelGrid(2, 10), visual: new LabelGrid(2, 10) };
    const large = { audio: new LabelGrid(2, 11), visual: new LabelGrid(2, 11) };
    expect(() => scoreParsing([{ predicted: large, truth: small }])).toThrow(RangeError);
  });

  it('names the file and the line of a malformed row', () => {
    expect(() =>
      readLabelledSpans('filename\tonset\toffset\tevent_labels\na\t0\tx\tSpeech\n', 'truth.csv', LLP_CLASSES),
    ).toThrow(/truth\.csv, line 2/);
  });

  it('opens a gate for both modalities or for each', () => {
    const scores = {
      audio: Float32Array.of(0.9, 0.9),
      visual: Float32Array.of(0.9, 0.2),
      video: Float32Array.of(0.6),
      videoAudio: Float32Array.of(0.7),
      videoVisual: Float32Array.of(0.4),
    };
    const shape = { classes: 1, segments: 2 };
    expect([...decodeScores(scores, shape, 'joint').visual.cells]).toEqual([1, 0]);
    expect([...decodeScores(scores, shape, 'modality').visual.cells]).toEqual([0, 0]);
  });
});
