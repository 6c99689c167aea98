import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../core/error-catalogue.js';
import { PACKAGE_FOLDER } from '../core/version.js';
import { generatedDocuments } from './generated-documents.js';

describe('generated documents', () => {
  it.each(generatedDocuments())('%s is up to date with npm run generate', async (path, text) => {
    expect(await readFile(join(PACKAGE_FOLDER, path), 'utf8')).toBe(text);
  });

  it('include every file of docs/schemas', async () => {
    const made = generatedDocuments().map(([path]) => path);
    const committed = (await readdir(join(PACKAGE_FOLDER, 'docs/schemas'))).map((name) => `docs/schemas/${name}`);
    expect(committed.sort()).toEqual(made.filter((path) => path.startsWith('docs/schemas/')).sort());
  });

  it.each(generatedDocuments().filter(([path]) => path.startsWith('docs/schemas/')))(
    '%s describes every field',
    (_, text) => expect(undescribed(JSON.parse(text))).toEqual([]),
  );

  it('list every error with its advice', () => {
    const page = generatedDocuments().find(([path]) => path === 'docs/errors.md')?.[1] ?? '';
    for (const [code, { advice }] of Object.entries(CATALOGUE)) {
      expect(page).toContain(`## ${code}`);
      expect(page).toContain(advice);
    }
  });
});

/** Paths of fields without a description, except objects with described fields and constants. */
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
