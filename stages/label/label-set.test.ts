import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { EarsightError } from '../../core/errors.js';
import { LLP_LABELS, parseLabelList, readLabelList } from './label-set.js';

function refusal(text: string): EarsightError {
  try {
    parseLabelList(text, 'list.txt');
  } catch (thrown) {
    if (thrown instanceof EarsightError) return thrown;
    throw thrown;
  }
  throw new Error('it was accepted');
}

describe('a label list', () => {
  it('has one label a line, aliases after bars, and leaves commas to the names', () => {
    const labels = parseLabelList('# animals\nDog|Bark\n\nBaby cry, infant cry\n', 'list.txt');
    expect(labels).toEqual([
      { name: 'Dog', aliases: ['Bark'] },
      { name: 'Baby cry, infant cry', aliases: [] },
    ]);
  });

  it('survives a byte-order mark, CRLF and blanks around names', () => {
    expect(parseLabelList('\uFEFFRain | Rain on surface\r\nCat\r\n', 'list.txt')).toEqual([
      { name: 'Rain', aliases: ['Rain on surface'] },
      { name: 'Cat', aliases: [] },
    ]);
  });

  it('may say from which score a label is present, and how long at least', () => {
    expect(parseLabelList('Dog|Bark @0.7\nSiren @0.6 2.5s\nme@home\nCat @1 0 s', 'list.txt')).toEqual([
      { name: 'Dog', aliases: ['Bark'], rule: { on: 0.7, minSec: 0 } },
      { name: 'Siren', aliases: [], rule: { on: 0.6, minSec: 2.5 } },
      { name: 'me@home', aliases: [] },
      { name: 'Cat', aliases: [], rule: { on: 1, minSec: 0 } },
    ]);
    for (const line of ['Dog @', 'Dog @often', 'Dog @1.2', 'Dog @0.7 2', 'Dog @0.7 2s Bark'])
      expect(refusal(`Cat\n${line}`).message).toContain('line 2 should end like "@0.7" or "@0.7 2s"');
    expect(refusal('@0.7').message).toContain('line 1 has an empty name');
  });

  it('is refused with the line of a name that comes twice, in whatever spelling', () => {
    const error = refusal('Dog|Bark\nCat\n# note\nbark!');
    expect(error.code).toBe('EARSIGHT_LABELS_INVALID');
    expect(error.message).toContain('"bark!" on line 4 is already on line 1');
  });

  it('is refused with the line of an empty name', () => {
    expect(refusal('Dog\nCat|').message).toContain('line 2 has an empty name');
    expect(refusal('***').message).toContain('line 1 has an empty name');
  });

  it('is refused when it holds no label', () => {
    expect(refusal('# nothing yet\n\n').message).toContain('it holds no label');
  });

  it('that is not there says so', async () => {
    await expect(readLabelList('no-such-list.txt')).rejects.toMatchObject({ code: 'EARSIGHT_INPUT_MISSING' });
    await expect(readLabelList(tmpdir())).rejects.toMatchObject({ code: 'EARSIGHT_INPUT_UNREADABLE' });
  });
});

it('the default set is the 25 classes of LLP, each once', () => {
  expect(new Set(LLP_LABELS.map((label) => label.name)).size).toBe(25);
});
