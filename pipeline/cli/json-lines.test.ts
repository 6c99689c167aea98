import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { RunEvent } from '../run/run-events.js';
import { PACKAGE_FOLDER } from '../../core/version.js';

type FieldsOf<Type extends RunEvent['type']> = readonly (keyof Extract<RunEvent, { type: Type }>)[];

/**
 * The fields of the lines of `run --json`. A new event does not compile until it is listed here, and then the test
 * fails until it is documented.
 */
const FIELDS: { readonly [Type in Exclude<RunEvent['type'], 'progress' | 'pull'>]: FieldsOf<Type> } = {
  packs: ['names', 'advice', 'warnings'],
  'unknown-labels': ['names', 'of'],
  inputs: ['count'],
  device: ['device'],
  started: ['input', 'stages'],
  'stage-done': ['input', 'stage', 'wallMs'],
  warning: ['input', 'code', 'message', 'startSec', 'endSec', 'advice'],
  'no-workers': ['queue'],
  settled: ['row'],
};

it('docs/command-line.md documents every line of run --json with its fields', async () => {
  const page = await readFile(join(PACKAGE_FOLDER, 'docs/command-line.md'), 'utf8');
  const lines = Object.entries({ ...FIELDS, error: ['code', 'message', 'advice'], summary: [] });
  for (const [type, fields] of lines) {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${type}\``));
    expect(row, type).toBeDefined();
    for (const field of fields) expect(row).toContain(`\`${field}\``);
  }
});
