import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { humanModels } from '../graph/import-tfjs/testing/human-models.js';
import { BUILT_IN } from './built-in.js';
import { resolvePacks, type ResolvedStack } from './resolve-packs.js';

const models = humanModels();
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earsight-built-in-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** The package's files that the pack speaks of, in a folder of packages of our own. */
async function installed(version = '3.3.6'): Promise<{ packageFolders: string[]; centernet: string }> {
  const home = join(folder, 'packages/@vladmandic/human');
  await mkdir(join(home, 'models'), { recursive: true });
  for (const name of await readdir(models ?? ''))
    if (/^(centernet|blazeface|movenet-lightning)\./.test(name))
      await cp(join(models ?? '', name), join(home, 'models', name));
  await writeFile(join(home, 'package.json'), JSON.stringify({ version }));
  return { packageFolders: [join(folder, 'packages')], centernet: join(home, 'models/centernet.bin') };
}

async function resolveIn(packageFolders: string[]): Promise<ResolvedStack> {
  return await resolvePacks([BUILT_IN], { cacheDir: join(folder, 'cache'), packageFolders });
}

const seen = ({ models: found }: ResolvedStack): string[] =>
  found.flatMap(({ identity }) => (identity.name.startsWith('centernet') ? [identity.role] : []));
const codes = ({ warnings }: ResolvedStack): string[] => warnings.map(({ code }) => code);

describe.skipIf(models === undefined)(
  'the built-in pack (skipped without the optional package @vladmandic/human)',
  () => {
    it('is imported once and kept under the hash of its content', async () => {
      const { packageFolders } = await installed();
      const first = await resolveIn(packageFolders);
      expect(codes(first)).toEqual([]);
      expect(seen(first)).toEqual(['objects']);
      const kept = join(folder, 'cache/imported');
      const names = await readdir(kept);
      const [name = ''] = names;
      const content = createHash('sha256')
        .update(await readFile(join(kept, name)))
        .digest('hex');
      expect(name).toContain(`-${content}.onnx`);
      const made = (await stat(join(kept, name))).mtimeMs;
      const second = await resolveIn(packageFolders);
      expect(second.identities).toEqual(first.identities);
      expect((await stat(join(kept, name))).mtimeMs).toBe(made);

      // Somebody wrote into the kept file: it is made anew.
      await writeFile(join(kept, name), 'not a network');
      expect(codes(await resolveIn(packageFolders))).toEqual([]);
      expect((await stat(join(kept, name))).size).toBeGreaterThan(1e6);
      expect(await readdir(kept)).toEqual(names);
    });

    it('goes on with a coded warning when the package is missing', async () => {
      const stack = await resolveIn([join(folder, 'nowhere')]);
      expect(seen(stack)).toEqual([]);
      expect(new Set(codes(stack))).toEqual(new Set(['EARSIGHT_PACKAGE_MISSING']));
    });

    it.each([
      ['a byte is wrong', (bytes: Buffer) => bytes.fill(7, 5000, 5001)],
      ['it is cut short', (bytes: Buffer) => bytes.subarray(0, 100_000)],
    ])('goes on with a coded warning when %s in a weight file', async (_, damage) => {
      const { packageFolders, centernet } = await installed();
      await writeFile(centernet, damage(await readFile(centernet)));
      const stack = await resolveIn(packageFolders);
      expect(seen(stack)).toEqual([]);
      expect(codes(stack)).toEqual(['EARSIGHT_PACK_HASH']);
    });

    it('takes another version whose files are the tested ones, and says so', async () => {
      const { packageFolders } = await installed('3.4.0');
      const stack = await resolveIn(packageFolders);
      expect(seen(stack)).toEqual(['objects']);
      expect(new Set(codes(stack))).toEqual(new Set(['EARSIGHT_PACKAGE_VERSION']));
      expect(stack.warnings[0]?.message).toContain('3.4.0');
    });

    it('leaves out a network whose files are another in another version', async () => {
      const { packageFolders, centernet } = await installed('4.0.0');
      await writeFile(centernet, (await readFile(centernet)).fill(7, 5000, 5001));
      const stack = await resolveIn(packageFolders);
      expect(seen(stack)).toEqual([]);
      expect(codes(stack)).toContain('EARSIGHT_PACKAGE_VERSION');
    });
  },
);
