import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { EarsightError } from '../../core/errors.js';
import { LLP_LABELS, parseLabelList, readLabelList } from './label-set.js';

function errorFor(text: string): EarsightError {
  try {
    parseLabelList(text, 'list.txt');
  } catch (thrown) {
    if (thrown instanceof EarsightError) return thrown;
    throw thrown;
  }
  throw new Error('the label list was accepted');
}

describe('parseLabelList and readLabelList', () => {
  it('reads one label per line, aliases after bars, and commas as part of names', () => {
    const labels = parseLabelList('# animals\nDog|Bark\n\nBaby cry, infant cry\n', 'list.txt');
    expect(labels).toEqual([
      { name: 'Dog', aliases: ['Bark'] },
      { name: 'Baby cry, infant cry', aliases: [] },
    ]);
  });

  it('accepts a byte-order mark, CRLF and spaces around names', () => {
    expect(parseLabelList('\uFEFFRain | Rain on surface\r\nCat\r\n', 'list.txt')).toEqual([
      { name: 'Rain', aliases: ['Rain on surface'] },
      { name: 'Cat', aliases: [] },
    ]);
  });

  it('reads the score from which a label is present and the minimum length of its events', () => {
    expect(parseLabelList('Dog|Bark @0.7\nSiren @0.6 2.5s\nme@home\nCat @1 0 s', 'list.txt')).toEqual([
      { name: 'Dog', aliases: ['Bark'], rule: { on: 0.7, minSec: 0 } },
      { name: 'Siren', aliases: [], rule: { on: 0.6, minSec: 2.5 } },
      { name: 'me@home', aliases: [] },
      { name: 'Cat', aliases: [], rule: { on: 1, minSec: 0 } },
    ]);
    for (const line of ['Dog @', 'Dog @often', 'Dog @1.2', 'Dog @0.7 2', 'Dog @0.7 2s Bark'])
      expect(errorFor(`Cat\n${line}`).message).toContain('line 2 should end like "@0.7" or "@0.7 2s"');
    expect(errorFor('@0.7').message).toContain('line 1 has an empty name');
  });

  it('refuses a duplicate name in any spelling and names both lines', () => {
    const error = errorFor('Dog|Bark\nCat\n# note\nbark!');
    expect(error.code).toBe('EARSIGHT_LABELS_INVALID');
    expect(error.message).toContain('"bark!" on line 4 is already on line 1');
  });

  it('refuses an empty name and names the line', () => {
    expect(errorFor('Dog\nCat|').message).toContain('line 2 has an empty name');
    expect(errorFor('***').message).toContain('line 1 has an empty name');
  });

  it('refuses a list without a label', () => {
    expect(errorFor('# nothing yet\n\n').message).toContain('it holds no label');
  });

  it('refuses a missing file and a folder', async () => {
    await expect(readLabelList('no-such-list.txt')).rejects.toMatchObject({ code: 'EARSIGHT_INPUT_MISSING' });
    await expect(readLabelList(tmpdir())).rejects.toMatchObject({ code: 'EARSIGHT_INPUT_UNREADABLE' });
  });
});

it('LLP_LABELS holds the 25 classes of LLP without duplicates', () => {
  expect(new Set(LLP_LABELS.map((label) => label.name)).size).toBe(25);
});
