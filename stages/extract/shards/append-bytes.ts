import { createReadStream, createWriteStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { EarsightError } from '../../../core/errors.js';

const CHUNK_BYTES = 1024 * 1024;

/**
 * Appends `count` bytes from offset `start` of one file to another, which is created if it does not exist.
 * @throws EARSIGHT_STORE_CORRUPT when the source file is shorter
 */
export async function appendBytes(from: string, to: string, start: number, count: number): Promise<void> {
  if (count === 0) {
    await (await open(to, 'a')).close();
    return;
  }
  if ((await stat(from)).size < start + count) throw new EarsightError('EARSIGHT_STORE_CORRUPT', { key: from });
  await pipeline(
    createReadStream(from, { start, end: start + count - 1, highWaterMark: CHUNK_BYTES }),
    createWriteStream(to, { flags: 'a' }),
  );
}
