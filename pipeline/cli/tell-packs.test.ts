import { expect, it } from 'vitest';
import { packsLines, unknownLabelsLine } from './tell-packs.js';

it('names a few of the labels that nothing finds, and is louder when it is all of them', () => {
  const names = ['Doorbell', 'Piano', 'Yodel', 'Sitar', 'Gong', 'Harp', 'Oboe'];
  const line = (of: number): string => unknownLabelsLine({ type: 'unknown-labels', names, of });
  expect(line(8)).toMatch(/^no network has a class for: Doorbell; Piano; Yodel; Sitar; Gong; and 2 more \(/);
  expect(line(7)).toMatch(/^WARNING: .* any label of the list, so nothing will be found: Doorbell;/);
});

it('names the packs, what is to be done for more, and what was left out', () => {
  const told = { type: 'packs' as const, names: ['built-in'], advice: 'no hub', warnings: [] };
  expect(packsLines(told)).toBe('packs: built-in; no hub');
  const warnings = [{ code: 'EARSIGHT_PACKAGE_MISSING', message: 'the package \u001b[31m is missing' }];
  expect(packsLines({ ...told, names: [], advice: null, warnings })).toBe(
    'packs: none\nEARSIGHT_PACKAGE_MISSING: the package \uFFFD[31m is missing',
  );
});
