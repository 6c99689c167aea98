import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { barDisplay, packsLines, unknownLabelsLine } from './run-display.js';

describe('barDisplay', () => {
  it('prints a line that was logged right before the end', () => {
    const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
    const display = barDisplay(terminal);
    display.show({ type: 'inputs', count: 1 });
    const error = { code: 'EARSIGHT_INPUT_MISSING', message: 'no such file or folder: a.mp4' };
    const row = {
      schema: 1 as const,
      input: 'a.mp4',
      id: '0',
      durationSec: null,
      warnings: { count: 0, codes: [] },
      outputs: [],
    };
    display.show({ type: 'settled', row: { ...row, status: 'failed', error } });
    display.stop();
    expect(String(terminal.read())).toContain('a.mp4: EARSIGHT_INPUT_MISSING: no such file or folder: a.mp4\n');
  });

  it('prints a line that is logged after Ctrl-C removed the bar', () => {
    const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
    const display = barDisplay(terminal);
    display.stop();
    display.show({ type: 'warning', input: 'a.mp4', code: 'EARSIGHT_WARN_HDR', message: 'odd', advice: 'none' });
    display.stop();
    expect(String(terminal.read())).toContain('a.mp4: EARSIGHT_WARN_HDR: odd\n');
  });
});

it('names the first five labels that no network can find, and warns when there are no others', () => {
  const names = ['Doorbell', 'Piano', 'Yodel', 'Sitar', 'Gong', 'Harp', 'Oboe'];
  const line = (of: number): string => unknownLabelsLine({ type: 'unknown-labels', names, of });
  expect(line(8)).toMatch(/^no network has a class for: Doorbell; Piano; Yodel; Sitar; Gong; and 2 more \(/);
  expect(line(7)).toMatch(/^WARNING: .* any label of the list, so nothing will be found: Doorbell;/);
});

it('names the packs with the advice, and prints a line for each warning without its control characters', () => {
  const event = { type: 'packs' as const, names: ['built-in'], advice: 'no hub', warnings: [] };
  expect(packsLines(event)).toBe('packs: built-in; no hub');
  const warnings = [{ code: 'EARSIGHT_PACKAGE_MISSING', message: 'the package \u001b[31m is missing' }];
  expect(packsLines({ ...event, names: [], advice: null, warnings })).toBe(
    'packs: none\nEARSIGHT_PACKAGE_MISSING: the package \uFFFD[31m is missing',
  );
});
