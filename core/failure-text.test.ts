import { describe, expect, it } from 'vitest';
import { EarsightError } from './errors.js';
import { failureOf, failureText } from './failure-text.js';

describe('an error as the text of a failed job', () => {
  it('comes back as the same error, whatever its details hold', () => {
    const error = new EarsightError('EARSIGHT_INPUT_DAMAGED', { path: '/in/a "b"\n{c}.mp4', reason: 'ü\u0000' });
    const again = failureOf(failureText(error));
    expect(again).toMatchObject({ code: error.code, message: error.message, details: error.details });
  });

  it('is bounded', () => {
    const error = new EarsightError('EARSIGHT_BUG', { reason: 'x'.repeat(100_000) });
    expect(failureText(error).length).toBeLessThan(600);
  });

  it('that somebody else wrote is a bug with that text', () => {
    for (const text of ['words of a library', '', 'EARSIGHT_NONSENSE {}', 'EARSIGHT_BUG'])
      expect(failureOf(text)).toMatchObject({ code: 'EARSIGHT_BUG', details: { reason: text } });
  });
});
