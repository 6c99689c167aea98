import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { EarsightError, toEarsightError } from '../../../core/errors.js';
import type { Warning } from '../../../core/warnings.js';
import type { DecodeRequest } from '../decode/decode-plan.js';
import { ffmpegCapabilities } from '../ffmpeg/capabilities.js';
import type { ExtractParams } from '../params.js';
import { probe } from './probe.js';
import { sniffContainer } from './sniff.js';
import { chooseTracks } from './tracks.js';

/** A file that was probed and may be decoded. */
interface OpenedSource {
  readonly request: DecodeRequest;
  readonly warnings: readonly Warning[];
  /** @throws EARSIGHT_INPUT_CHANGED when the file has changed since it was opened */
  assertUnchanged(): Promise<void>;
}

/**
 * Sniffs and probes a file and chooses its tracks.
 * @throws what `sniffContainer`, `ffmpegCapabilities`, `probe` and `chooseTracks` throw; EARSIGHT_CANCELLED
 */
export async function openSource(
  sourcePath: string,
  folder: string,
  params: ExtractParams,
  signal: AbortSignal,
): Promise<OpenedSource> {
  const path = resolve(sourcePath);
  if (signal.aborted) throw new EarsightError('EARSIGHT_CANCELLED');
  const before = await fileVersion(path);
  const demuxer = await sniffContainer(path);
  const capabilities = await ffmpegCapabilities();
  const probed = await probe({ path, demuxer, signal, limitSec: params.stallSec });
  const { video, audio, warnings } = chooseTracks(path, probed, params.limits, capabilities.decoders);
  return {
    request: { path, demuxer, folder: resolve(folder), params, probed, video, audio, capabilities },
    warnings,
    async assertUnchanged() {
      if ((await fileVersion(path)) !== before) throw new EarsightError('EARSIGHT_INPUT_CHANGED', { path });
    },
  };
}

/** Size and modification time, to notice a file that is still being written. */
async function fileVersion(path: string): Promise<string> {
  try {
    const { size, mtimeMs } = await stat(path);
    return `${size} ${mtimeMs}`;
  } catch (error) {
    throw toEarsightError(error, path);
  }
}
