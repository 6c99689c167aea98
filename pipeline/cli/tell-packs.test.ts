import { expect, it } from 'vitest';
import { unknownLabelsLine } from './tell-packs.js';

it('names a few of the labels that nothing finds, and is louder when it is all of them', () => {
  const names = ['Doorbell', 'Piano', 'Yodel', 'Sitar', 'Gong', 'Harp', 'Oboe'];
  const line = (of: number): string => unknownLabelsLine({ type: 'unknown-labels', names, of });
  expect(line(8)).toMatch(/^no network has a class for: Doorbell; Piano; Yodel; Sitar; Gong; and 2 more \(/);
  expect(line(7)).toMatch(/^WARNING: .* any label of the list, so nothing will be found: Doorbell;/);
});
