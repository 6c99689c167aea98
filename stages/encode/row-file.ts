import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { EarsightError, toEarsightError } from '../../core/errors.js';

/** A file of float32 rows of equal width, which may be written in any order. */
interface RowFile {
  /**
   * @param rows [count, width]
   * @throws EARSIGHT_MODEL_FAILED when the encoder returned another number of rows than it was given, because rows would
   *   then belong to the wrong frames, or when it returned NaN or infinity
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

/** @throws EARSIGHT_MODEL_FAILED when a network returned NaN or infinity, because stored artefacts are never recomputed */
export function checkFinite(values: Float32Array, model: string): void {
  // One such value makes the sum NaN or infinite, and a sum of finite float32 values does not overflow a double.
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += values[i] ?? 0;
  if (!Number.isFinite(sum))
    throw new EarsightError('EARSIGHT_MODEL_FAILED', { model, reason: 'it answered something that is no number' });
}
