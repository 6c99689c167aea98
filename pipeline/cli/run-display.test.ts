import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { barDisplay } from './run-display.js';

it('shows on a terminal what was said right before the end', () => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  const display = barDisplay(terminal);
  display.take({ type: 'inputs', count: 1 });
  const error = { code: 'EARSIGHT_INPUT_MISSING', message: 'no such file or folder: a.mp4' };
  const row = { schema: 1 as const, input: 'a.mp4', id: '0', durationSec: null, outputs: [] };
  display.take({ type: 'settled', row: { ...row, status: 'failed', error } });
  display.stop();
  expect(String(terminal.read())).toContain('a.mp4: EARSIGHT_INPUT_MISSING: no such file or folder: a.mp4\n');
});

it('shows on a terminal what is said after Ctrl-C took the bar away', () => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  const display = barDisplay(terminal);
  display.stop();
  display.take({ type: 'warning', input: 'a.mp4', message: 'odd' });
  display.stop();
  expect(String(terminal.read())).toContain('a.mp4: odd\n');
});
