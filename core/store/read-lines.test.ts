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

describe('readLines', () => {
  it('yields whole lines when a read ends within a line or within a multi-byte character', async () => {
    const lines = Array.from({ length: 9000 }, (_, row) => `${row} ${'é'.repeat(row % 90)}`);
    expect(await linesOf(`${lines.join('\n')}\n`)).toEqual(lines);
  });

  it('needs no newline at the end of the file and leaves out empty lines', async () => {
    expect(await linesOf('a\n\nb')).toEqual(['a', 'b']);
    expect(await linesOf('')).toEqual([]);
  });

  it('fails with the error of node when the file is missing', async () => {
    await expect(readLines(join(folder, 'gone')).next()).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
