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
  // Without packages the sound tagger is left.
  models = (await resolvePacks([BUILT_IN], { cacheDir, packageFolders: [] })).models;
});
afterAll(async () => await rm(cacheDir, { recursive: true, force: true }));

const unknown = async (text: string): Promise<readonly string[]> =>
  await unknownLabels(parseLabelList(text, 'list.txt'), models);

it('names the labels that neither their name nor an alias finds', async () => {
  expect(await unknown('Doorbell\nPiano|Grand piano\n')).toEqual(['Doorbell', 'Piano']);
  expect(await unknown('Doorbell\nHound|Dog\nViolin\n')).toEqual(['Doorbell']);
});

it('names none where a network is told by text what to look for', async () => {
  const told = models.map((model) => ({ ...model, identity: { ...model.identity, role: 'audio-text' as const } }));
  expect(await unknownLabels(parseLabelList('Doorbell', 'list.txt'), told)).toEqual([]);
});
