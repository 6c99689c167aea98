import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { HeardWindow } from '../../models/encoders/encoder.js';
import { loadPacks } from '../../models/packs/load-packs.js';
import type { LoadedPacks } from '../../models/packs/loaded-packs.js';
import { resolvePacks } from '../../models/packs/resolve-packs.js';
import { InferencePool } from '../../models/runtime/inference-pool.js';
import { transcriptFileSchema, type TranscriptFile } from '../../core/schemas/transcript.js';
import { encodeStage } from '../../stages/encode/encode-stage.js';
import { soundStage } from '../../stages/sound/sound-stage.js';
import { extractFor, runStage } from '../../stages/testing/run-stage.js';
import { listenStage } from '../../stages/transcribe/listen-stage.js';
import { transcribeStage } from '../../stages/transcribe/transcribe-stage.js';

const RATE_HZ = 16_000;

/** Transcribes files by the stages of a run, with a transcriber alone: nothing else says where somebody speaks. */
export class Listener {
  private constructor(
    private readonly pool: InferencePool,
    private readonly packs: LoadedPacks,
    private readonly work: string,
  ) {}

  static async open(pack: string, work: string): Promise<Listener> {
    const pool = await InferencePool.open({ device: 'cpu', threads: 1 });
    const packs = await loadPacks(await resolvePacks([pack], { cacheDir: join(work, 'cache') }), pool);
    return new Listener(pool, packs, work);
  }

  async transcribe(path: string): Promise<TranscriptFile> {
    const { work, packs } = this;
    const extract = await extractFor(path, work);
    const sound = await runStage(soundStage, {}, path, work, { extract });
    const encode = await runStage(encodeStage, {}, path, work, { extract });
    const listen = await runStage(listenStage, {}, path, work, { extract, sound, encode }, packs);
    const transcribe = await runStage(transcribeStage, {}, path, work, { listen });
    return await transcribe.json('transcript.json', transcriptFileSchema);
  }

  /** The transcriber alone, on a file of at most one window. */
  async listen(path: string): Promise<HeardWindow | null> {
    return (await this.packs.transcriber?.transcribe(samplesOf(path), null)) ?? null;
  }

  async close(): Promise<void> {
    await this.pool.close();
  }
}

/** Mono samples at 16 kHz. */
export function samplesOf(path: string): Float32Array {
  const convert = ['-i', path, '-ac', '1', '-ar', String(RATE_HZ), '-f', 'f32le', '-'];
  const raw = execFileSync('ffmpeg', ['-nostdin', '-v', 'error', ...convert], { maxBuffer: 1e9 });
  return new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
}
