import { describe, expect, it } from 'vitest';
import { EarsightError } from './errors.js';
import { failureOf, failureText } from './failure-text.js';

describe('failureText and failureOf', () => {
  it('restore the same error, whatever characters its details contain', () => {
    const error = new EarsightError('EARSIGHT_INPUT_DAMAGED', { path: '/in/a "b"\n{c}.mp4', reason: 'ü\u0000' });
    const again = failureOf(failureText(error));
    expect(again).toMatchObject({ code: error.code, message: error.message, details: error.details });
  });

  it('bound the length of the text', () => {
    const error = new EarsightError('EARSIGHT_BUG', { reason: 'x'.repeat(100_000) });
    expect(failureText(error).length).toBeLessThan(600);
  });

  it('turn a text of unknown origin into EARSIGHT_BUG with that text as its reason', () => {
    for (const text of ['words of a library', '', 'EARSIGHT_NONSENSE {}', 'EARSIGHT_BUG'])
      expect(failureOf(text)).toMatchObject({ code: 'EARSIGHT_BUG', details: { reason: text } });
  });
});
