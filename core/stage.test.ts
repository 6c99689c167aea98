import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Artefact, selectInputs } from './stage.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earsight-stage-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const artefact = (stage: string): Artefact => new Artefact({ key: `k-${stage}`, stage, folder: join(folder, stage) });

describe('Artefact.json', () => {
  const schema = z.strictObject({ cuts: z.array(z.number()) });

  it('returns the content of a file that matches the schema', async () => {
    await writeFile(join(folder, 'shots.json'), '{"cuts":[1,2.5]}');
    const shots = new Artefact({ key: 'k', stage: 'shots', folder });
    expect(await shots.json('shots.json', schema)).toEqual({ cuts: [1, 2.5] });
  });

  it.each([
    ['is missing', null],
    ['is cut off', '{"cuts":[1,2'],
    ['does not match the schema', '{"cuts":["one"]}'],
  ])('reports a damaged artefact when the file %s', async (_, text) => {
    const path = join(folder, 'shots.json');
    if (text !== null) await writeFile(path, text);
    const read = new Artefact({ key: 'k', stage: 'shots', folder }).json('shots.json', schema);
    await expect(read).rejects.toMatchObject({ code: 'EARSIGHT_STORE_CORRUPT', details: { key: path } });
  });
});

describe('selectInputs', () => {
  const stage = { name: 'track', inputs: ['encode', 'shots'] as const };

  it('picks the inputs of the stage in their declared order, and nothing else', () => {
    const made = new Map(['extract', 'shots', 'encode'].map((name) => [name, artefact(name)]));
    const inputs = selectInputs(stage, made);
    expect(Object.entries(inputs)).toEqual([
      ['encode', made.get('encode')],
      ['shots', made.get('shots')],
    ]);
  });

  it('refuses to run a stage without one of its inputs', () => {
    const made = new Map([['encode', artefact('encode')]]);
    expect(() => selectInputs(stage, made)).toThrow(
      expect.objectContaining({
        code: 'EARSIGHT_BUG',
        details: { reason: expect.stringContaining('shots') as string },
      }),
    );
  });
});
