import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { freeBytes } from '../../core/store/free-bytes.js';
import { EarsightError } from '../../core/errors.js';
import { FREE_CHECK_BYTES, MIN_FREE_BYTES } from '../limits.js';
import { Pace, type PaceLimits } from './pace.js';

export interface WriteOptions extends PaceLimits {
  /** The name shown in errors. */
  readonly name: string;
  readonly maxBytes: number;
  /** Size of the whole file; null when it is not known. */
  readonly expectedBytes: number | null;
  readonly signal: AbortSignal;
  readonly minFreeBytes?: number;
  readonly onBytes?: (bytes: number) => void;
  /** Called when the stream has ended; the file is still to be flushed to the disk. */
  readonly onEnded?: () => void;
}

export interface WrittenFile {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Writes an untrusted stream to a new file, with bounded memory, up to a maximum size, keeping a minimum of free disk space,
 * and aborting when the stream stalls or is slower than the minimum rate.
 * @throws EarsightError EARSIGHT_INPUT_TOO_LARGE, EARSIGHT_DISK_FULL, EARSIGHT_REQUEST_TIMEOUT; and any error of the stream.
 * The caller removes the incomplete file.
 */
export async function writeWithLimit(stream: Readable, path: string, options: WriteOptions): Promise<WrittenFile> {
  const minFree = options.minFreeBytes ?? MIN_FREE_BYTES;
  const tooLarge = () =>
    new EarsightError('EARSIGHT_INPUT_TOO_LARGE', { path: options.name, limit: `${options.maxBytes} bytes` });
  if ((options.expectedBytes ?? 0) > options.maxBytes) throw tooLarge();
  await requireFreeBytes(path, options.name, minFree + (options.expectedBytes ?? 0));
  // Opened here: a write stream that opens the file itself might do so after a failure, when the caller has removed it.
  const file = await open(path, 'wx', 0o600);

  const pace = new Pace(options);
  const digest = createHash('sha256');
  let bytes = 0;
  let checkAt = FREE_CHECK_BYTES;
  const measure = new Transform({
    flush(done) {
      // Flushing a large file may take long, which is not the fault of the peer.
      pace.stop();
      options.onEnded?.();
      done();
    },
    transform(chunk: Buffer, _encoding, done) {
      pace.received(chunk.length);
      bytes += chunk.length;
      if (bytes > options.maxBytes) {
        done(tooLarge());
        return;
      }
      digest.update(chunk);
      options.onBytes?.(bytes);
      if (bytes < checkAt) {
        done(null, chunk);
        return;
      }
      checkAt += FREE_CHECK_BYTES;
      requireFreeBytes(path, options.name, minFree).then(
        () => done(null, chunk),
        (error: unknown) => done(error instanceof Error ? error : new EarsightError('EARSIGHT_BUG', { reason: '?' })),
      );
    },
  });
  try {
    const signal = AbortSignal.any([options.signal, pace.signal]);
    await pipeline(stream, measure, file.createWriteStream({ flush: true }), { signal });
  } catch (error) {
    if (pace.signal.aborted) throw pace.signal.reason;
    throw error;
  } finally {
    pace.stop();
  }
  return { bytes, sha256: digest.digest('hex') };
}

/** @throws EarsightError EARSIGHT_DISK_FULL when fewer bytes are free. */
export async function requireFreeBytes(path: string, name: string, bytes: number): Promise<void> {
  if ((await freeBytes(dirname(path))) < bytes) throw new EarsightError('EARSIGHT_DISK_FULL', { path: name });
}
