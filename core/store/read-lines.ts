import { createReadStream } from 'node:fs';

/**
 * Yields the lines of a UTF-8 file without the empty ones, and reads only as fast as the consumer takes them.
 * `node:readline` reads ahead while its consumer works and buffers the lines, so all scores of a two-hour video (12 MB)
 * would be in memory at once.
 */
export async function* readLines(path: string, signal?: AbortSignal): AsyncGenerator<string> {
  let unfinished = '';
  for await (const chunk of createReadStream(path, { encoding: 'utf8', ...(signal && { signal }) })) {
    const lines = (unfinished + String(chunk)).split('\n');
    unfinished = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield line;
  }
  if (unfinished !== '') yield unfinished;
}
