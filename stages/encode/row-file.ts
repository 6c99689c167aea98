import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { EarsightError, toEarsightError } from '../../core/errors.js';
import { checkFinite } from './finite.js';

/** float32 rows of equal width, written where they belong whenever they are ready. */
export interface RowFile {
  /**
   * @param rows [count, width]
   * @throws EarsightError EARSIGHT_MODEL_FAILED when an encoder answered with another number of rows than it was given,
   * for then some row would stand for the wrong frame, or with something that is no number
   */
  write(firstRow: number, count: number, rows: Float32Array): Promise<void>;
  close(): Promise<void>;
}

export async function createRowFile(folder: string, name: string, width: number): Promise<RowFile> {
  const path = join(folder, name);
  const file = await open(path, 'w');
  return {
    async write(firstRow, count, rows) {
      if (rows.length !== count * width)
        throw new EarsightError('EARSIGHT_MODEL_FAILED', {
          model: name,
          reason: `${rows.length} numbers for ${count} rows of ${width}`,
        });
      checkFinite(rows, name);
      const bytes = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
      try {
        let done = 0;
        while (done < bytes.length) {
          const position = firstRow * width * Float32Array.BYTES_PER_ELEMENT + done;
          done += (await file.write(bytes, done, bytes.length - done, position)).bytesWritten;
        }
      } catch (thrown) {
        throw toEarsightError(thrown, path);
      }
    },
    close: () => file.close(),
  };
}
