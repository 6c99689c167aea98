import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLines } from './read-lines.js';

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'read-lines-'))));
afterAll(() => rm(folder, { recursive: true }));

async function linesOf(text: string): Promise<string[]> {
  const path = join(folder, 'lines.jsonl');
  await writeFile(path, text);
  const lines: string[] = [];
  for await (const line of readLines(path)) lines.push(line);
  return lines;
}

describe('lines of a file', () => {
  it('are whole where a read ends within one, or within a letter of several bytes', async () => {
    const lines = Array.from({ length: 9000 }, (_, row) => `${row} ${'é'.repeat(row % 90)}`);
    expect(await linesOf(`${lines.join('\n')}\n`)).toEqual(lines);
  });

  it('need no newline at the end, and empty ones do not count', async () => {
    expect(await linesOf('a\n\nb')).toEqual(['a', 'b']);
    expect(await linesOf('')).toEqual([]);
  });

  it('of a missing file are its error', async () => {
    await expect(readLines(join(folder, 'gone')).next()).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
