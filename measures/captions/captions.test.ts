import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { pythonWith } from '../../fixtures/python.js';
import { seededStream } from '../bootstrap.js';
import { audioScoreOfCode, audioScoreOfReadme, gompertz } from './audio-score.js';
import { bleu4, type CaptionPair } from './bleu.js';
import { ciderD } from './cider-d.js';
import { entityScore } from './entity-score.js';
import { checkFavdForm } from './favd-form.js';
import { rougeL } from './rouge-l.js';
import { tokeniseCaption } from './tokenise.js';

const WORDS =
  'a the dog cat man woman runs sleeps speaks loudly in on park street rain falls while music plays 一 只 狗 在 叫'.split(
    ' ',
  );
const PAIRS = 500;

/** Captions of up to twelve words, some empty, with up to five references that share words with them. */
function randomPairs(): CaptionPair[] {
  const random = seededStream(7);
  const words = (most: number): string[] =>
    Array.from({ length: Math.floor(random() * most) }, () => WORDS[Math.floor(random() * WORDS.length)] ?? '');
  return Array.from({ length: PAIRS }, () => {
    const candidate = words(13);
    const references = Array.from({ length: 1 + Math.floor(random() * 5) }, () => {
      const kept = candidate.filter(() => random() < 0.7);
      return [...kept, ...words(5)].join(' ');
    });
    return { candidate: candidate.join(' '), references };
  });
}

interface Reference {
  readonly bleu: number;
  readonly bleus: readonly number[];
  readonly rouge: number;
  readonly rouges: readonly number[];
  readonly cider: number;
  readonly ciders: readonly number[];
}

const python = pythonWith({
  name: 'captions',
  modules: ['pycocoevalcap', 'numpy'],
  packages: ['--no-deps', 'pycocoevalcap==1.2', 'numpy'],
});

describe('caption measures', () => {
  it.skipIf(python === undefined)(
    'equal pycocoevalcap to 1e-4 on 500 pairs (skipped without Python and the package)',
    () => {
      const pairs = randomPairs();
      const script = fileURLToPath(new URL('testing/reference.py', import.meta.url));
      const input = JSON.stringify({ pairs: pairs.map(({ candidate, references }) => [candidate, references]) });
      const { stdout, stderr } = spawnSync(python ?? '', [script], { input, encoding: 'utf8' });
      expect(stderr).toBe('');
      const reference = JSON.parse(stdout) as Reference;
      const bleu = bleu4(pairs);
      const cider = ciderD(pairs);
      expect(Math.abs(bleu.corpus - reference.bleu)).toBeLessThan(1e-4);
      expect(Math.abs(cider.corpus - reference.cider)).toBeLessThan(1e-4);
      for (const [at, pair] of pairs.entries()) {
        expect(Math.abs((bleu.perCaption[at] ?? NaN) - (reference.bleus[at] ?? NaN))).toBeLessThan(1e-4);
        expect(Math.abs(rougeL(pair) - (reference.rouges[at] ?? NaN))).toBeLessThan(1e-4);
        expect(Math.abs((cider.perCaption[at] ?? NaN) - (reference.ciders[at] ?? NaN))).toBeLessThan(1e-4);
      }
    },
  );

  it('give 1 to equal captions and take ideographs as words', () => {
    expect(tokeniseCaption('一只狗，在叫！ OK?')).toBe('一 只 狗 在 叫 ok');
    const pair = { candidate: 'a dog runs in the park', references: ['a dog runs in the park'] };
    expect(bleu4([pair]).corpus).toBeCloseTo(1, 6);
    expect(rougeL(pair)).toBeCloseTo(1, 12);
  });
});

describe('scores of fine-grained descriptions', () => {
  it('follow the published formulas', () => {
    // Half of the reference is named; both named entities are exact.
    expect(entityScore(['dog', 'park'], ['dog', 'park', 'ball', 'man'])).toBeCloseTo((2 * 0.5001) / 1.5001, 6);
    expect(entityScore([], ['dog'])).toBeNull();
    expect(gompertz(0)).toBeCloseTo(0.5, 4);
    expect(gompertz(1)).toBeCloseTo(1, 12);
    expect(audioScoreOfReadme(1, 1)).toBeCloseTo(1, 12);
    expect(audioScoreOfCode(0, 0)).toBeCloseTo(50, 1);
  });

  it('check the form of a description, in English and Chinese', () => {
    const seen = 'A dog of 3.5 kg lies on the grass. It is brown. A man stands near it. The sky is blue.';
    expect(checkFavdForm(`A man calls a dog. ${seen} The dog barks loudly.`).problems).toEqual([]);
    expect(checkFavdForm('一个人。草地上有狗。狗是棕色的。天空是蓝色的。树是绿色的。传来狗叫声。').problems).toEqual(
      [],
    );
    expect(checkFavdForm('A dog.').problems).toHaveLength(2);
  });
});
