import { melBands } from '../prepare/mel-bands.js';

/** Whisper's front end (Radford et al., 2022, section 2.2): 25 ms frames each 10 ms at 16 kHz. */
const SIZE = 400;
const HOP = 160;
const RATE_HZ = 16_000;
/** The transform is split into 16 × 25 points. */
const [ROWS, COLUMNS] = [16, 25] as const;
const BINS = SIZE / 2 + 1;
const LOG_FLOOR = 1e-10;
/** Levels more than eight powers of ten below the loudest are raised to that. */
const RANGE = 8;

/**
 * Whisper's log-mel spectrogram. Its transform of 400 points is no power of two, which is why `LogMel` does not serve; two
 * frames share one complex transform. Frames behind the end of the sound are constant and are not computed.
 */
export class SpeechMel {
  private readonly taper = Float64Array.from(
    { length: SIZE },
    (_, index) => 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / SIZE),
  );
  private readonly cosine = Float64Array.from({ length: SIZE }, (_, index) => Math.cos((2 * Math.PI * index) / SIZE));
  private readonly sine = Float64Array.from({ length: SIZE }, (_, index) => -Math.sin((2 * Math.PI * index) / SIZE));
  private readonly real = new Float64Array(SIZE);
  private readonly imaginary = new Float64Array(SIZE);
  private readonly innerReal = new Float64Array(SIZE);
  private readonly innerImaginary = new Float64Array(SIZE);
  private readonly powers = [new Float64Array(BINS), new Float64Array(BINS)] as const;
  private readonly bands;

  constructor(private readonly melBins: number) {
    this.bands = melBands({
      sampleRateHz: RATE_HZ,
      fftSize: SIZE,
      melBins,
      melScale: 'slaney',
      melNorm: 'slaney',
      minHz: 0,
      maxHz: RATE_HZ / 2,
    });
  }

  /**
   * @param samples in [-1, 1] at 16 kHz; silence follows them
   * @param frames of the result, 10 ms each
   * @returns [melBins, frames]
   */
  spectrogram(samples: Float32Array, frames: number): Float32Array {
    const result = new Float32Array(this.melBins * frames).fill(Math.log10(LOG_FLOOR));
    const sounding = Math.min(frames, Math.ceil((samples.length + SIZE / 2) / HOP));
    let loudest = Math.log10(LOG_FLOOR);
    for (let frame = 0; frame < sounding; frame += 2) {
      this.transform(samples, frame, frames);
      for (let half = 0; half < 2 && frame + half < sounding; half++) {
        const power = this.powers[half === 0 ? 0 : 1];
        this.bands.forEach(({ first, weights }, band) => {
          let sum = 0;
          for (let bin = 0; bin < weights.length; bin++) sum += (weights[bin] ?? 0) * (power[first + bin] ?? 0);
          const level = Math.log10(Math.max(sum, LOG_FLOOR));
          loudest = Math.max(loudest, level);
          result[band * frames + frame + half] = level;
        });
      }
    }
    for (let index = 0; index < result.length; index++)
      result[index] = (Math.max(result[index] ?? 0, loudest - RANGE) + 4) / 4;
    return result;
  }

  /** Power spectra of two neighbouring frames, by one complex transform. */
  private transform(samples: Float32Array, frame: number, frames: number): void {
    const { taper, real, imaginary } = this;
    const end = frames * HOP;
    for (let index = 0; index < SIZE; index++) {
      const weight = taper[index] ?? 0;
      real[index] = weight * sampleAt(samples, frame * HOP + index - SIZE / 2, end);
      imaginary[index] = weight * sampleAt(samples, (frame + 1) * HOP + index - SIZE / 2, end);
    }
    this.rows();
    this.columns();
    for (let bin = 0; bin < BINS; bin++) {
      const mirror = (SIZE - bin) % SIZE;
      const [a, b, c, d] = [real[bin] ?? 0, imaginary[bin] ?? 0, real[mirror] ?? 0, imaginary[mirror] ?? 0];
      this.powers[0][bin] = ((a + c) ** 2 + (b - d) ** 2) / 4;
      this.powers[1][bin] = ((b + d) ** 2 + (a - c) ** 2) / 4;
    }
  }

  /** Transforms of 16 points, each result turned for the second step. */
  private rows(): void {
    const { real, imaginary, innerReal, innerImaginary, cosine, sine } = this;
    for (let column = 0; column < COLUMNS; column++)
      for (let k = 0; k < ROWS; k++) {
        let [re, im] = [0, 0];
        for (let n = 0; n < ROWS; n++) {
          const turn = (n * k * COLUMNS) % SIZE;
          const [x, y] = [real[COLUMNS * n + column] ?? 0, imaginary[COLUMNS * n + column] ?? 0];
          const [c, s] = [cosine[turn] ?? 0, sine[turn] ?? 0];
          re += x * c - y * s;
          im += x * s + y * c;
        }
        const [c, s] = [cosine[column * k] ?? 0, sine[column * k] ?? 0];
        innerReal[k * COLUMNS + column] = re * c - im * s;
        innerImaginary[k * COLUMNS + column] = re * s + im * c;
      }
  }

  /** Transforms of 25 points. */
  private columns(): void {
    const { real, imaginary, innerReal, innerImaginary, cosine, sine } = this;
    for (let row = 0; row < ROWS; row++)
      for (let k = 0; k < COLUMNS; k++) {
        let [re, im] = [0, 0];
        for (let n = 0; n < COLUMNS; n++) {
          const turn = (n * k * ROWS) % SIZE;
          const [x, y] = [innerReal[row * COLUMNS + n] ?? 0, innerImaginary[row * COLUMNS + n] ?? 0];
          const [c, s] = [cosine[turn] ?? 0, sine[turn] ?? 0];
          re += x * c - y * s;
          im += x * s + y * c;
        }
        real[row + ROWS * k] = re;
        imaginary[row + ROWS * k] = im;
      }
  }
}

/** The samples with silence up to `end`, mirrored at 0 and at `end` without repeating the edge. */
function sampleAt(samples: Float32Array, place: number, end: number): number {
  const mirrored = place < 0 ? -place : place < end ? place : 2 * (end - 1) - place;
  return samples[mirrored] ?? 0;
}
