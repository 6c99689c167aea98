import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import type { Artefact } from '../../core/stage.js';
import { ArtefactStore } from '../../core/store/artefact-store.js';
import { publish } from './publish.js';
import { stageNode } from './stage-graph.js';

let out: string;
let store: ArtefactStore;
const shots = {
  name: 'shots',
  version: 1,
  inputs: [],
  params: z.strictObject({}),
  resource: 'light' as const,
  scratch: false,
  run: () => Promise.resolve(),
};
const graph = [stageNode(shots, {}, { publishes: ['keyframes', 'shots.json'] })];

beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'earsight-publish-'));
  store = await ArtefactStore.open(out);
});
afterEach(async () => await rm(out, { recursive: true, force: true }));

async function shotsArtefact(): Promise<ReadonlyMap<string, Artefact>> {
  const artefact = await store.make({ key: 'a', stage: 'shots', scratch: false }, async (folder) => {
    await mkdir(join(folder, 'keyframes'));
    await writeFile(join(folder, 'keyframes', 'shot-0001.jpg'), 'picture');
    await writeFile(join(folder, 'shots.json'), '{}');
    return [];
  });
  return new Map([['shots', artefact]]);
}

it('may run several times at once for one output', async () => {
  const artefacts = await shotsArtefact();
  for (let round = 0; round < 30; round++) {
    const output = `clip-${round}.mp4`;
    const all = Array.from({ length: 3 }, async () => await publish(store, graph, artefacts, out, output));
    for (const files of await Promise.all(all))
      expect(files.map(({ path }) => path)).toEqual([`${output}/keyframes/shot-0001.jpg`, `${output}/shots.json`]);
    expect((await readdir(join(out, output), { recursive: true })).sort()).toEqual([
      'keyframes',
      'keyframes/shot-0001.jpg',
      'shots.json',
    ]);
  }
  expect(await readdir(join(store.root, 'tmp'))).toEqual([]);
});

it('replaces what it published before, and keeps other files of the folder', async () => {
  await mkdir(join(out, 'clip.mp4', 'keyframes'), { recursive: true });
  await writeFile(join(out, 'clip.mp4', 'keyframes', 'shot-0002.jpg'), 'an older picture');
  await writeFile(join(out, 'clip.mp4', 'notes.txt'), 'mine');
  await publish(store, graph, await shotsArtefact(), out, 'clip.mp4');
  expect((await readdir(join(out, 'clip.mp4'))).sort()).toEqual(['keyframes', 'notes.txt', 'shots.json']);
  expect(await readdir(join(out, 'clip.mp4', 'keyframes'))).toEqual(['shot-0001.jpg']);
  expect(await readFile(join(out, 'clip.mp4', 'notes.txt'), 'utf8')).toBe('mine');
});

it('publishes nothing of an artefact that was altered after it was found', async () => {
  const artefacts = await shotsArtefact();
  await writeFile(join(artefacts.get('shots')?.folder ?? '', 'keyframes', 'shot-0001.jpg'), 'PICTURE');
  const publishing = publish(store, graph, artefacts, out, 'clip.mp4');
  await expect(publishing).rejects.toMatchObject({ code: 'EARSIGHT_STORE_CORRUPT' });
  expect(await readdir(out)).toEqual(['.earsight']);
});

it('publishes no file that was planted beside those of an artefact', async () => {
  const artefacts = await shotsArtefact();
  await writeFile(join(artefacts.get('shots')?.folder ?? '', 'keyframes', 'planted.jpg'), 'planted');
  await publish(store, graph, artefacts, out, 'clip.mp4');
  expect(await readdir(join(out, 'clip.mp4', 'keyframes'))).toEqual(['shot-0001.jpg']);
});
