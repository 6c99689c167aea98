export interface Span {
  readonly startSec: number;
  readonly endSec: number;
}

/** Lowest threshold: the default of ffmpeg's silencedetect, 30 dB above 16-bit noise. */
const MIN_THRESHOLD_DBFS = -60;
/** Highest threshold, however loud the programme: hushed speech close to the microphone is not silence. */
const MAX_THRESHOLD_DBFS = -40;
/**
 * The threshold lies this far below the programme loudness: room tone behind speech lies 35 to 50 dB below it, quiet
 * passages of music rarely more than 30. (The 20 LU of EBU's loudness range would classify whispering as silence.)
 */
const BELOW_PROGRAMME_DB = 35;
/** Shorter pauses belong to the rhythm of speech and steps. Half of the usual segment. */
const MIN_SILENCE_SEC = 0.5;
const FRAME_SEC = 0.01;

/**
 * The level in dBFS below which a track is silent.
 * @param integratedLufs null where nothing passed the gate of the loudness measurement, or where it is unknown
 */
export function silenceThreshold(integratedLufs: number | null): number {
  if (integratedLufs === null) return MIN_THRESHOLD_DBFS;
  return Math.min(MAX_THRESHOLD_DBFS, Math.max(MIN_THRESHOLD_DBFS, integratedLufs - BELOW_PROGRAMME_DB));
}

/** Finds the stretches of a stream of samples whose RMS, without the mean, stays below a level. */
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

  /** @param endSec end of a silence that lasts until the end of the track */
  finish(endSec: number): Span[] {
    if (this.filled > 0) this.closeFrame();
    this.closeSilence(endSec);
    return this.spans;
  }

  private closeFrame(): void {
    // The variance, so that the constant offset of a cheap converter does not count as sound.
    const power = this.squares / this.filled - (this.sum / this.filled) ** 2;
    const startSec = (this.frames * this.frameSamples) / this.sampleRateHz;
    if (power < this.meanSquare) this.quietSince ??= startSec;
    else this.closeSilence(startSec);
    this.sum = this.squares = this.filled = 0;
    this.frames += 1;
  }

  private closeSilence(endSec: number): void {
    if (this.quietSince !== null && endSec - this.quietSince >= MIN_SILENCE_SEC)
      this.spans.push({ startSec: this.quietSince, endSec });
    this.quietSince = null;
  }
}
