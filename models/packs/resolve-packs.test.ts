import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolvePacks } from './resolve-packs.js';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'earsight-resolve-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const network = { licence: 'MIT', files: [{ path: 'net.onnx', sha256: sha256('net') }] };
const tagger = {
  ...{ role: 'image-tags', name: 'tags', ...network },
  input: {
    ...{ name: 'x', shape: ['batch', 3, 8, 8] },
    image: { colour: 'rgb', divide: 1, mean: [0, 0, 0], std: [1, 1, 1], resizeShortSide: 8, centreCrop: 8 },
  },
  output: { scores: 'y', activation: 'softmax' },
  labels: { path: 'classes.txt', format: 'lines' },
};
const hub = { role: 'image-text', name: 'clip', ...network, folder: 'clip', prompt: '{label}', logitScale: 100 };
const preprocessing = JSON.stringify({ size: 8, image_mean: [0, 0, 0], image_std: [1, 1, 1] });

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function identityOf(model: object, files: Record<string, string>): Promise<string | undefined> {
  const manifest = { schema: 1, name: 'test', description: 'of a test', models: [model] };
  for (const [path, text] of Object.entries({ ...files, 'net.onnx': 'net', 'pack.json': JSON.stringify(manifest) })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const { identities } = await resolvePacks([folder], { cacheDir: join(folder, 'cache') });
  return identities[0]?.sha256;
}

describe('the identity of a network from resolvePacks', () => {
  it('changes when two classes are exchanged, whether or not the class list has a hash', async () => {
    const before = await identityOf(tagger, { 'classes.txt': 'Cat\nDog\n' });
    expect(await identityOf(tagger, { 'classes.txt': 'Cat\nDog\n' })).toBe(before);
    expect(await identityOf(tagger, { 'classes.txt': 'Dog\nCat\n' })).not.toBe(before);
    const listed = (text: string): object => ({
      ...tagger,
      files: [...tagger.files, { path: 'classes.txt', sha256: sha256(text) }],
    });
    expect(await identityOf(listed('Cat\nDog\n'), { 'classes.txt': 'Cat\nDog\n' })).toBe(before);
    await expect(identityOf(listed('Cat\nDog\n'), { 'classes.txt': 'Dog\nCat\n' })).rejects.toMatchObject({
      code: 'EARSIGHT_PACK_HASH',
    });
  });

  it.each(['preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json'])(
    'changes with %s of the hub layout',
    async (name) => {
      const files: Record<string, string> = {
        'clip/preprocessor_config.json': preprocessing,
        'clip/tokenizer.json': '{}',
      };
      const before = await identityOf(hub, files);
      const path = `clip/${name}`;
      expect(await identityOf(hub, { ...files, [path]: `${files[path] ?? '{}'}\n` })).not.toBe(before);
    },
  );
});

describe('resolvePacks', () => {
  it('refuses a class list that is a link out of the pack', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'earsight-outside-'));
    try {
      await writeFile(join(outside, 'classes.txt'), 'Cat\n');
      await symlink(join(outside, 'classes.txt'), join(folder, 'classes.txt'));
      await expect(identityOf(tagger, {})).rejects.toMatchObject({ code: 'EARSIGHT_PACK_INVALID' });
    } finally {
      await rm(outside, { recursive: true });
    }
  });
});
