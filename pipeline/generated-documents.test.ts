import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../core/error-catalogue.js';
import { PACKAGE_FOLDER } from '../core/version.js';
import { generatedDocuments } from './generated-documents.js';

describe('documents made from code', () => {
  it.each(generatedDocuments())('%s is what npm run generate writes', async (path, text) => {
    expect(await readFile(join(PACKAGE_FOLDER, path), 'utf8')).toBe(text);
  });

  it('are all the schemas there are', async () => {
    const made = generatedDocuments().map(([path]) => path);
    const committed = (await readdir(join(PACKAGE_FOLDER, 'docs/schemas'))).map((name) => `docs/schemas/${name}`);
    expect(committed.sort()).toEqual(made.filter((path) => path.startsWith('docs/schemas/')).sort());
  });

  it.each(generatedDocuments().filter(([path]) => path.startsWith('docs/schemas/')))(
    '%s describes every field',
    (_, text) => expect(undescribed(JSON.parse(text))).toEqual([]),
  );

  it('say something about every error', () => {
    const page = generatedDocuments().find(([path]) => path === 'docs/errors.md')?.[1] ?? '';
    for (const [code, { advice }] of Object.entries(CATALOGUE)) {
      expect(page).toContain(`## ${code}`);
      expect(page).toContain(advice);
    }
  });
});

/** Fields without a word on what they mean, but for those that hold described fields and those of one value. */
function undescribed(schema: unknown, path = ''): string[] {
  if (!(schema instanceof Object)) return [];
  return Object.entries(schema).flatMap(([key, value]: [string, unknown]) => {
    if (key !== 'properties' || !(value instanceof Object)) return undescribed(value, path);
    return Object.entries(value).flatMap(([name, field]: [string, object]) => {
      const here = `${path}/${name}`;
      const silent = !('description' in field || 'const' in field || JSON.stringify(field).includes('"properties"'));
      return [...(silent ? [here] : []), ...undescribed(field, here)];
    });
  });
}
