import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../errors.js';
import { PACKAGE_FOLDER } from '../version.js';
import { generatedDocuments } from './documents.js';

describe('documents made from code', () => {
  it.each(generatedDocuments())('%s is what npm run generate writes', async (path, text) => {
    expect(await readFile(join(PACKAGE_FOLDER, path), 'utf8')).toBe(text);
  });

  it('are all the schemas there are', async () => {
    const made = generatedDocuments().map(([path]) => path);
    const committed = (await readdir(join(PACKAGE_FOLDER, 'docs/schemas'))).map((name) => `docs/schemas/${name}`);
    expect(committed.sort()).toEqual(made.filter((path) => path.startsWith('docs/schemas/')).sort());
  });

  it('say something about every error', () => {
    const page = generatedDocuments().find(([path]) => path === 'docs/errors.md')?.[1] ?? '';
    for (const [code, { advice }] of Object.entries(CATALOGUE)) {
      expect(page).toContain(`## ${code}`);
      expect(page).toContain(advice);
    }
  });
});
