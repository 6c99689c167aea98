import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasShared, sharedPath } from '../../measures/testing/shared-data.js';
import { LLP_CLASSES } from '../../measures/index.js';
import { evaluateAvvp } from './avvp.js';
import { evaluationJson, evaluationText, type Evaluation } from './evaluation.js';
import { evaluateAve, evaluateOpenVocabulary } from './localisation.js';
import { evaluateScenes } from './scenes.js';
import { evaluateCaptions, evaluateTranscript } from './texts.js';
import { evaluateVript } from './vript.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earsight-eval-'));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

async function file(name: string, content: string | readonly unknown[]): Promise<string> {
  const path = join(folder, name);
  const text = typeof content === 'string' ? content : content.map((row) => JSON.stringify(row)).join('\n');
  await writeFile(path, text);
  return path;
}

function figure({ figures }: Evaluation, name: string): number | null {
  return figures.find((entry) => entry.name === name)?.value ?? null;
}

const HEADER = 'filename\tonset\toffset\tevent_labels';

describe('avvp', () => {
  it.skipIf(!hasShared)('gives every golden case to 1e-6 through its files (skipped without ../shared)', async () => {
    const { avvp } = JSON.parse(await readFile(sharedPath('oracles/golden.json'), 'utf8')) as {
      avvp: { cases: (Record<'pa' | 'pv' | 'ga' | 'gv', Record<string, string>> & { seg: number[]; evt: number[] })[] };
    };
    const table = (key: 'pa' | 'pv' | 'ga' | 'gv'): string =>
      [
        HEADER,
        ...avvp.cases.flatMap((entry, at) =>
          Object.entries(entry[key]).flatMap(([index, row]) =>
            Array.from(row).flatMap((mark, t) =>
              mark === '1' ? [`case_${at}\t${t}\t${t + 1}\t${LLP_CLASSES[Number(index)] ?? ''}`] : [],
            ),
          ),
        ),
      ].join('\n');
    const evaluation = await evaluateAvvp({
      truthAudio: await file('ga.csv', table('ga')),
      truthVisual: await file('gv.csv', table('gv')),
      predAudio: await file('pa.csv', table('pa')),
      predVisual: await file('pv.csv', table('pv')),
      videos: await file('videos.csv', ['filename', ...avvp.cases.map((_, at) => `case_${at}`)].join('\n')),
      segments: 10,
      gate: 'none',
      perVideo: true,
    });
    const { videos } = JSON.parse(evaluationJson(evaluation)) as {
      videos: { filename: string; segment: Record<string, number>; event: Record<string, number> }[];
    };
    expect(videos).toHaveLength(avvp.cases.length);
    for (const [at, { seg, evt }] of avvp.cases.entries())
      for (const [place, name] of ['audio', 'visual', 'event', 'audioVisual'].entries()) {
        expect(Math.abs((videos[at]?.segment[name] ?? NaN) - (seg[place] ?? NaN))).toBeLessThan(1e-6);
        expect(Math.abs((videos[at]?.event[name] ?? NaN) - (evt[place] ?? NaN))).toBeLessThan(1e-6);
      }
  });

  it.skipIf(!hasShared)('warns of predictions that read the weak label (skipped without ../shared)', async () => {
    const videos = sharedPath('annotations/llp/AVVP_test_pd.csv');
    const rows = (await readFile(videos, 'utf8')).trim().split('\n').slice(1);
    const weak = rows.flatMap((row) => {
      const [filename = '', labels = ''] = row.trim().split('\t');
      return labels.split(',').map((label) => `${filename}\t0\t10\t${label}`);
    });
    const pred = await file('weak.csv', [HEADER, ...weak].join('\n'));
    const evaluation = await evaluateAvvp({
      truthAudio: sharedPath('annotations/llp/AVVP_eval_audio.csv'),
      truthVisual: sharedPath('annotations/llp/AVVP_eval_visual.csv'),
      predAudio: pred,
      predVisual: pred,
      videos,
      segments: 10,
      gate: 'none',
      perVideo: false,
    });
    expect(figure(evaluation, 'segment Type@AV')?.toFixed(6)).toBe('0.630253');
    expect(evaluation.warnings.join()).toContain('reads the weak label');
    expect(evaluationText(evaluation)).toContain('Violin_fiddle');
  });

  it('names the file and the line of a malformed row', async () => {
    const truth = await file('broken.csv', `${HEADER}\na\t0\t3\tSpeech\nb\t0\tend\tSpeech\n`);
    const options = { truthAudio: truth, truthVisual: truth, predAudio: truth, predVisual: truth, segments: 10 };
    await expect(evaluateAvvp({ ...options, gate: 'none', perVideo: false })).rejects.toMatchObject({
      code: 'EARSIGHT_TABLE_INVALID',
      details: { path: truth, line: 3 },
    });
  });
});

describe('localisation', () => {
  it('scores the segments of AVE and warns of videos without a prediction', async () => {
    const truth = await file('ave.txt', 'Church bell&one&good&0&5\nTruck&two&good&0&10\nTruck&three&good&0&10\n');
    const bell = [...new Array<string>(5).fill('Church bell'), ...new Array<null>(5).fill(null)];
    const pred = await file('ave.jsonl', [
      { id: 'one', labels: bell },
      { id: 'two', labels: bell },
    ]);
    const evaluation = await evaluateAve({ truth, pred, segments: 10 });
    expect(figure(evaluation, 'accuracy')).toBeCloseTo(0.5, 12);
    expect(evaluation.warnings[0]).toContain('1 of 3');
  });

  it('keeps seen and unseen categories apart', async () => {
    const truth = await file(
      'ov.json',
      JSON.stringify({ a: { category: 'dog', label: '[1, 1]' }, b: { category: 'cat', label: '[1, 0]' } }, null, 1),
    );
    const pred = await file('ov.jsonl', [
      { id: 'a', labels: ['dog', 'dog'] },
      { id: 'b', labels: ['dog', null] },
    ]);
    const evaluation = await evaluateOpenVocabulary({
      truth,
      pred,
      segments: 2,
      seen: await file('seen.txt', 'dog\n'),
    });
    expect(figure(evaluation, 'seen accuracy')).toBe(1);
    expect(figure(evaluation, 'unseen accuracy')).toBe(0.5);
    expect(figure(evaluation, 'unseen eventF1')).toBe(0);
  });
});

describe('scenes and texts', () => {
  it('matches cuts within the tolerance, each once', async () => {
    const truth = await file('cuts.jsonl', [{ id: 'a', cuts: [1, 2, 3] }]);
    const pred = await file('found.jsonl', [{ id: 'a', cuts: [1.05, 1.06, 2.5] }]);
    const evaluation = await evaluateScenes({ truth, pred, toleranceSec: 0.08 });
    expect(figure(evaluation, 'precision')).toBeCloseTo(1 / 3, 12);
    expect(figure(evaluation, 'recall')).toBeCloseTo(1 / 3, 12);
  });

  it('scores captions of a table with quotes, Chinese and empty ones among them', async () => {
    const truth = await file('captions.csv', 'id,caption\n1,"a dog, and a cat"\n2,一只狗在叫\n3,"rain ""falls"""\n');
    const pred = await file('captions.jsonl', [
      { id: '1', caption: 'A dog and a cat.' },
      { id: '2', caption: '一只狗在叫。' },
      { id: '3', caption: '' },
    ]);
    const evaluation = await evaluateCaptions({ truth, pred });
    expect(figure(evaluation, 'ROUGE-L')).toBeCloseTo(2 / 3, 6);
    expect(figure(evaluation, 'EntityScore')).toBeNull();
    expect(evaluation.warnings[0]).toContain('1 predicted captions hold no word');
  });

  it('counts word and character errors after the normaliser', async () => {
    const truth = await file('said.jsonl', [{ id: 1, text: 'It’s twenty, OK?' }]);
    const pred = await file('heard.jsonl', [{ id: 1, text: "it's plenty" }]);
    const evaluation = await evaluateTranscript({ truth, pred });
    expect(figure(evaluation, 'word error rate')).toBeCloseTo(2 / 3, 12);
    expect(figure(evaluation, 'character error rate')).toBeCloseTo(4 / 12, 12);
  });

  it("mends the recall of Vript's hallucination score and keeps the published one", async () => {
    const truth = await file('hal-truth.jsonl', [{ id: 1, words: ['dog', 'run', 'grass', 'ball'] }]);
    const pred = await file('hal-pred.jsonl', [{ id: 1, words: ['dog', 'cat'] }]);
    const evaluation = await evaluateVript({ truth, pred, measure: 'hal' });
    expect(figure(evaluation, 'precision')).toBe(0.5);
    expect(figure(evaluation, 'recall')).toBe(0.25);
    const answers = await file('order.jsonl', [{ id: 1, answer: 'Scene (B), Scene (A), Scene (C)' }]);
    const order = await evaluateVript({
      truth: await file('right.jsonl', [{ id: 1, answer: 'ABC' }]),
      pred: answers,
      measure: 'ero',
    });
    expect([figure(order, '@1'), figure(order, '@2'), figure(order, '@3')]).toEqual([1, 0, 0]);
  });

  it('names the second of two records with one id', async () => {
    const truth = await file('twice.jsonl', [
      { id: 1, text: 'a' },
      { id: 1, text: 'b' },
    ]);
    await expect(evaluateTranscript({ truth, pred: truth })).rejects.toMatchObject({
      code: 'EARSIGHT_TABLE_INVALID',
      details: { line: 2 },
    });
  });
});
