import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { EarsightError } from '../../core/errors.js';
import type { EncodedRows } from '../encode/encode-info.js';

/** Reads slices of the float32 rows that `encode` wrote. */
export interface RowReader {
  /** @returns [count, width] */
  read(firstRow: number, count: number): Promise<Float32Array>;
  close(): Promise<void>;
}

/** The reader throws EarsightError EARSIGHT_STORE_CORRUPT where the file is shorter than its index says. */
export async function openRows(folder: string, { file: name, width }: EncodedRows): Promise<RowReader> {
  const file = await open(join(folder, name), 'r');
  return {
    async read(firstRow, count) {
      const rows = new Float32Array(count * width);
      const bytes = new Uint8Array(rows.buffer);
      const position = firstRow * width * Float32Array.BYTES_PER_ELEMENT;
      for (let done = 0; done < bytes.length;) {
        const { bytesRead } = await file.read(bytes, done, bytes.length - done, position + done);
        if (bytesRead === 0) throw new EarsightError('EARSIGHT_STORE_CORRUPT', { key: `${folder}/${name}` });
        done += bytesRead;
      }
      return rows;
    },
    close: () => file.close(),
  };
}
