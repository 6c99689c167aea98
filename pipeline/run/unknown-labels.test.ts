import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BUILT_IN } from '../../models/packs/built-in.js';
import { resolvePacks, type ResolvedModel } from '../../models/packs/resolve-packs.js';
import { parseLabelList } from '../../stages/label/label-set.js';
import { unknownLabels } from './unknown-labels.js';

let cacheDir: string;
let models: readonly ResolvedModel[];
beforeAll(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'earsight-unknown-'));
  // Without npm packages only the sound tagger remains.
  models = (await resolvePacks([BUILT_IN], { cacheDir, packageFolders: [] })).models;
});
afterAll(async () => await rm(cacheDir, { recursive: true, force: true }));

const unknown = async (text: string): Promise<readonly string[]> =>
  await unknownLabels(parseLabelList(text, 'list.txt'), models);

it('names the labels for which no class matches the name or an alias', async () => {
  expect(await unknown('Doorbell\nPiano|Grand piano\n')).toEqual(['Doorbell', 'Piano']);
  expect(await unknown('Doorbell\nHound|Dog\nViolin\n')).toEqual(['Doorbell']);
});

it('names no label when a network takes labels as text', async () => {
  const textModels = models.map((model) => ({
    ...model,
    identity: { ...model.identity, role: 'audio-text' as const },
  }));
  expect(await unknownLabels(parseLabelList('Doorbell', 'list.txt'), textModels)).toEqual([]);
});
