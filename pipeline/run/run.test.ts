import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BUILT_IN_FOLDER } from '../../models/packs/built-in.js';
import { makeTinyVideos } from '../../tests/tiny-videos.js';
import type { RunEvent } from './run-events.js';
import { run } from './run.js';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'earsight-run-'))));
afterEach(async () => await rm(folder, { recursive: true, force: true }));

interface PackManifest {
  models: { role: string; files: { path: string; sha256: string }[] }[];
}

/** A pack with a valid manifest and matching hashes, whose model file holds no network. */
async function makePackWithoutNetwork(): Promise<string> {
  const pack = join(folder, 'pack');
  await cp(BUILT_IN_FOLDER, pack, { recursive: true });
  const manifest = JSON.parse(await readFile(join(pack, 'pack.json'), 'utf8')) as PackManifest;
  manifest.models = manifest.models.filter(({ role }) => role === 'audio-tags');
  for (const file of manifest.models.flatMap(({ files }) => files)) {
    await writeFile(join(pack, file.path), 'no network');
    file.sha256 = createHash('sha256').update('no network').digest('hex');
  }
  await writeFile(join(pack, 'pack.json'), JSON.stringify(manifest));
  return pack;
}

it('stops at once when a network cannot be loaded, instead of failing for every video', async () => {
  const videos = join(folder, 'in');
  await makeTinyVideos(videos, 12);
  const events: RunEvent[] = [];
  const options = {
    inputs: [videos],
    out: join(folder, 'out'),
    packs: [await makePackWithoutNetwork()],
    offline: true,
  };
  const running = run({ ...options, onEvent: (event) => events.push(event) });
  await expect(running).rejects.toMatchObject({ code: 'EARSIGHT_MODEL_FAILED' });
  const failed = events.filter(({ type }) => type === 'settled');
  expect(failed.length).toBeGreaterThan(0);
  expect(failed.length).toBeLessThan(12);
});
