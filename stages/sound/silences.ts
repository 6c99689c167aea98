import type { Span } from './span.js';

/** Always silent: ffmpeg's silencedetect default, 30 dB above 16-bit noise. */
const ALWAYS_DBFS = -60;
/** Never silent, however loud the rest: hushed speech at the microphone. */
const NEVER_DBFS = -40;
/**
 * Silent when this far below the programme: room tone behind speech lies 35 to 50 dB under it, quiet passages of music
 * rarely more than 30. (The 20 LU of EBU's loudness range would take whispering for silence.)
 */
const BELOW_PROGRAMME_DB = 35;
/** Shorter pauses are the rhythm of speech and steps. Half of the usual segment. */
const SHORTEST_SEC = 0.5;
const FRAME_SEC = 0.01;

/** The level in dBFS below which a track is silent. @param integratedLufs null: nothing passed the gate, or unknown */
export function silenceThreshold(integratedLufs: number | null): number {
  if (integratedLufs === null) return ALWAYS_DBFS;
  return Math.min(NEVER_DBFS, Math.max(ALWAYS_DBFS, integratedLufs - BELOW_PROGRAMME_DB));
}

/** Finds the stretches of a stream of samples whose RMS, the mean taken out, stays below a level. */
export class SilenceFinder {
  readonly spans: Span[] = [];
  private readonly frameSamples: number;
  private readonly meanSquare: number;
  private sum = 0;
  private squares = 0;
  private filled = 0;
  private frames = 0;
  private quietSince: number | null = null;

  constructor(
    private readonly sampleRateHz: number,
    thresholdDbfs: number,
  ) {
    this.frameSamples = Math.round(sampleRateHz * FRAME_SEC);
    this.meanSquare = 10 ** (thresholdDbfs / 10);
  }

  push(samples: Float32Array): void {
    for (let from = 0; from < samples.length;) {
      const end = Math.min(samples.length, from + this.frameSamples - this.filled);
      let { sum, squares } = this;
      for (let index = from; index < end; index += 1) {
        const sample = samples[index] ?? 0;
        sum += sample;
        squares += sample * sample;
      }
      this.sum = sum;
      this.squares = squares;
      this.filled += end - from;
      from = end;
      if (this.filled === this.frameSamples) this.closeFrame();
    }
  }

  /** @param endSec where a silence that lasts to the end stops */
  finish(endSec: number): Span[] {
    if (this.filled > 0) this.closeFrame();
    this.closeSilence(endSec);
    return this.spans;
  }

  private closeFrame(): void {
    // The variance, so that a constant offset of a cheap converter is no sound.
    const power = this.squares / this.filled - (this.sum / this.filled) ** 2;
    const startSec = (this.frames * this.frameSamples) / this.sampleRateHz;
    if (power < this.meanSquare) this.quietSince ??= startSec;
    else this.closeSilence(startSec);
    this.sum = this.squares = this.filled = 0;
    this.frames += 1;
  }

  private closeSilence(endSec: number): void {
    if (this.quietSince !== null && endSec - this.quietSince >= SHORTEST_SEC)
      this.spans.push({ startSec: this.quietSince, endSec });
    this.quietSince = null;
  }
}
