import { createReadStream } from 'node:fs';

/**
 * The lines of a UTF-8 file, read only as fast as they are used. `node:readline` reads on while its user works and keeps
 * what it has read, so that a two-hour video's scores (12 MB) would all be in memory at once. Empty lines are left out.
 */
export async function* readLines(path: string, signal?: AbortSignal): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of createReadStream(path, { encoding: 'utf8', ...(signal && { signal }) })) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield line;
  }
  if (rest !== '') yield rest;
}
