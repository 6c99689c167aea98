import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { PACKAGE_FOLDER } from '../core/version.js';

const packageSchema = z.object({ exports: z.record(z.string(), z.object({ types: z.string(), default: z.string() })) });

/** The source file of an entry of `exports`. */
function sourceOf({ types, default: code }: { readonly types: string; readonly default: string }): string {
  const [, place = ''] = /^\.\/dist\/(.*)\.js$/.exec(code) ?? [];
  expect(types).toBe(`./dist/${place}.d.ts`);
  return pathToFileURL(join(PACKAGE_FOLDER, `${place}.ts`)).href;
}

it('the example of docs/temporal-networks.md runs unchanged and learns its task', async () => {
  const page = await readFile(join(PACKAGE_FOLDER, 'docs/temporal-networks.md'), 'utf8');
  const [, example = ''] = /```ts\n(.*?)```/s.exec(page) ?? [];
  const manifest = packageSchema.parse(JSON.parse(await readFile(join(PACKAGE_FOLDER, 'package.json'), 'utf8')));
  const onnxruntime = createRequire(import.meta.url).resolve('onnxruntime-node');
  const placed = example
    .replace(/'earsight(\/\w+)'/g, (_, entry: string) => {
      const found = manifest.exports[`.${entry}`];
      return `'${found === undefined ? `no entry ${entry}` : sourceOf(found)}'`;
    })
    .replace("'onnxruntime-node'", `'${pathToFileURL(onnxruntime).href}'`);
  const folder = await mkdtemp(join(tmpdir(), 'earsight-temporal-'));
  try {
    await writeFile(join(folder, 'example.mts'), placed);
    const tsx = join(PACKAGE_FOLDER, 'node_modules/tsx/dist/loader.mjs');
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', tsx, 'example.mts'], { cwd: folder });
    const [, loss] = /^3425 parameters, loss ([\d.]+)$/m.exec(stdout) ?? [];
    expect(Number(loss)).toBeLessThan(0.1);
    const [first = NaN, before = NaN, at = NaN, last = NaN] = (stdout.trim().split('\n').at(-1) ?? '')
      .split(' ')
      .map(Number);
    for (const probability of [first, before]) expect(probability).toBeLessThan(0.1);
    for (const probability of [at, last]) expect(probability).toBeGreaterThan(0.9);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
