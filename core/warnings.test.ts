import { expect, it } from 'vitest';
import { WARNING_CATALOGUE } from './warning-catalogue.js';
import { boundWarnings, isAboutContent, toldWarning, warningOf, warningSchema } from './warnings.js';

it('tells a warning with its code, filled message, times and advice', () => {
  const details = { claimedSec: '6.04', decodedSec: '3.00' };
  const told = toldWarning(warningOf('EARSIGHT_WARN_SHORT', details, { startSec: 3 }));
  expect(told).toEqual({
    code: 'EARSIGHT_WARN_SHORT',
    message: 'the header claims 6.04 s, 3.00 s could be decoded',
    startSec: 3,
    advice: WARNING_CATALOGUE.EARSIGHT_WARN_SHORT.advice,
  });
});

it('keeps one of equal warnings, and bounds those of one code with a count of the rest', () => {
  const hdr = warningOf('EARSIGHT_WARN_HDR', { curve: 'smpte2084' });
  expect(boundWarnings([hdr, { ...hdr }])).toEqual([hdr]);
  const many = Array.from({ length: 25 }, (_, frames) => warningOf('EARSIGHT_WARN_FRAMES_LOST', { frames }));
  const bounded = boundWarnings([...many, hdr]);
  expect(bounded).toHaveLength(22);
  expect(bounded.at(-1)).toEqual(warningOf('EARSIGHT_WARN_MORE', { of: 'EARSIGHT_WARN_FRAMES_LOST', count: 5 }));
  expect(boundWarnings(bounded)).toEqual(bounded);
});

it('separates warnings about the results from those about the speed of the work', () => {
  expect(isAboutContent(warningOf('EARSIGHT_WARN_SHORT'))).toBe(true);
  expect(isAboutContent(warningOf('EARSIGHT_WARN_WHOLE'))).toBe(false);
});

it('accepts only warnings with a code of the catalogue from another process', () => {
  expect(warningSchema.safeParse(warningOf('EARSIGHT_WARN_HDR', { curve: 'x' })).success).toBe(true);
  expect(warningSchema.safeParse({ code: 'EARSIGHT_WARN_NEVER', details: {} }).success).toBe(false);
});

it('names every warning by the prefix of warnings, so that no error can have its code', () => {
  for (const code of Object.keys(WARNING_CATALOGUE)) expect(code).toMatch(/^EARSIGHT_WARN_[A-Z_]+$/);
});
