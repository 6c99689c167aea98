import { open, readFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { geometryName, type FrameGeometry } from '../../models/encoders/encoder.js';
import { EarsightError } from '../../core/errors.js';
import { readLines } from '../../core/store/read-lines.js';
import { mediaInfoSchema, type MediaInfo } from './media-info.js';

/** Rows per chunk of `readMotion`: about 100 KB, whatever the length of the video. */
const MOTION_CHUNK_ROWS = 2048;
/** Divides 16-bit samples so that they lie in [-1, 1). */
const FULL_SCALE = 32_768;

const loudnessReadingSchema = z.strictObject({
  timeSec: z.number(),
  /** Momentary loudness: LUFS over 400 ms; null for digital silence. */
  momentary: z.number().nullable(),
  /** Short-term loudness: LUFS over 3 s; null for digital silence. */
  shortTerm: z.number().nullable(),
});
export type LoudnessReading = z.infer<typeof loudnessReadingSchema>;

/** Measurements of consecutive decoded frames: row i is `values[i × columns … (i + 1) × columns)` at `timesSec[i]`. */
export interface MotionRows {
  readonly rows: number;
  readonly timesSec: Float64Array;
  readonly values: Float32Array;
}

/** Reads slices of an extract artefact on demand and keeps none of them in memory. */
export interface MediaReader {
  readonly info: MediaInfo;
  /**
   * Stored frames `first … first + count`, indexed like `info.frameTimesSec`: [count, height, width, 3] uint8.
   * @throws RangeError for a geometry or a frame that was not stored
   */
  readFrames(geometry: FrameGeometry | string, first: number, count: number): Promise<Uint8Array>;
  /**
   * Samples `startSample … startSample + count` in [-1, 1]; zeros before 0 and after the end.
   * @throws RangeError for a rate that was not stored
   */
  readWave(sampleRateHz: number, startSample: number, count: number): Promise<Float32Array>;
  /** The measurements of all decoded frames in order, in chunks; nothing without a picture. */
  readMotion(): AsyncIterable<MotionRows>;
  /** One reading per 100 ms; nothing without sound. */
  loudness(): AsyncIterable<LoudnessReading>;
  close(): Promise<void>;
}

/** @throws EARSIGHT_STORE_CORRUPT when `media.json` is missing or invalid */
export async function openMedia(folder: string): Promise<MediaReader> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(join(folder, 'media.json'), 'utf8'));
  } catch (cause) {
    throw new EarsightError('EARSIGHT_STORE_CORRUPT', { key: folder }, { cause });
  }
  const info = mediaInfoSchema.safeParse(parsed);
  if (!info.success) throw new EarsightError('EARSIGHT_STORE_CORRUPT', { key: folder }, { cause: info.error });
  return new FolderReader(folder, info.data);
}

class FolderReader implements MediaReader {
  private readonly files = new Map<string, Promise<FileHandle>>();

  constructor(
    private readonly folder: string,
    readonly info: MediaInfo,
  ) {}

  async readFrames(geometry: FrameGeometry | string, first: number, count: number): Promise<Uint8Array> {
    const name = typeof geometry === 'string' ? geometry : geometryName(geometry);
    const stored = this.info.frames.find((frames) => frames.geometry === name);
    if (!stored) throw new RangeError(`no frames of geometry ${name} were stored`);
    if (first < 0 || count < 0 || first + count > this.info.frameTimesSec.length)
      throw new RangeError(`frames ${first} to ${first + count} of ${this.info.frameTimesSec.length}`);
    const frameBytes = stored.width * stored.height * 3;
    const pixels = new Uint8Array(count * frameBytes);
    await this.fill(stored.file, pixels, first * frameBytes);
    return pixels;
  }

  async readWave(sampleRateHz: number, startSample: number, count: number): Promise<Float32Array> {
    const stored = this.info.waves.find((wave) => wave.sampleRateHz === sampleRateHz);
    if (!stored) throw new RangeError(`no sound at ${sampleRateHz} Hz was stored`);
    const samples = new Float32Array(count);
    const from = Math.max(0, startSample);
    const until = Math.min(stored.samples, startSample + count);
    if (until <= from) return samples;
    const raw = new Int16Array(until - from);
    await this.fill(stored.file, new Uint8Array(raw.buffer), from * Int16Array.BYTES_PER_ELEMENT);
    for (let i = 0; i < raw.length; i++) samples[from - startSample + i] = (raw[i] ?? 0) / FULL_SCALE;
    return samples;
  }

  async *readMotion(): AsyncGenerator<MotionRows> {
    const { motion } = this.info;
    if (!motion) return;
    const width = motion.columns.length;
    for (let first = 0; first < motion.rows; first += MOTION_CHUNK_ROWS) {
      const rows = Math.min(MOTION_CHUNK_ROWS, motion.rows - first);
      const timesSec = new Float64Array(rows);
      const values = new Float32Array(rows * width);
      await this.fill(motion.timesFile, new Uint8Array(timesSec.buffer), first * Float64Array.BYTES_PER_ELEMENT);
      await this.fill(motion.file, new Uint8Array(values.buffer), first * width * Float32Array.BYTES_PER_ELEMENT);
      yield { rows, timesSec, values };
    }
  }

  async *loudness(): AsyncGenerator<LoudnessReading> {
    if (!this.info.loudness) return;
    for await (const line of readLines(join(this.folder, this.info.loudness.file)))
      yield loudnessReadingSchema.parse(JSON.parse(line));
  }

  async close(): Promise<void> {
    const files = [...this.files.values()];
    this.files.clear();
    for (const file of files) await (await file).close();
  }

  /**
   * Fills `bytes` from a position of a file.
   * @throws EARSIGHT_STORE_CORRUPT when the file is shorter
   */
  private async fill(name: string, bytes: Uint8Array, position: number): Promise<void> {
    let file = this.files.get(name);
    if (!file) {
      file = open(join(this.folder, name), 'r');
      this.files.set(name, file);
    }
    const handle = await file;
    for (let done = 0; done < bytes.length;) {
      const { bytesRead } = await handle.read(bytes, done, bytes.length - done, position + done);
      if (bytesRead === 0) throw new EarsightError('EARSIGHT_STORE_CORRUPT', { key: `${this.folder}/${name}` });
      done += bytesRead;
    }
  }
}
