import type { Span } from '../sound/silences.js';

/** From this share of full scale on, a sample counts as clipped; 16-bit files clip at 32767/32768. */
const FULL_SCALE = 0.999;
/** One sample at full scale is a peak; three in a row are a flat top. */
const FLAT_SAMPLES = 3;
/** Flat tops that follow each other within this time are one stretch. */
const JOIN_SEC = 0.1;

/** Finds stretches of flat tops in a stream of samples. The channels are mixed before, so clipping of one alone may be missed. */
export class Clipping {
  /** Samples in flat tops. */
  clipped = 0;
  private readonly spans: Span[] = [];
  private run = 0;
  private position = 0;

  constructor(private readonly sampleRateHz: number) {}

  push(samples: Float32Array): void {
    for (const sample of samples) {
      this.position += 1;
      if (Math.abs(sample) >= FULL_SCALE) {
        this.run += 1;
        if (this.run === FLAT_SAMPLES) this.clipped += FLAT_SAMPLES;
        else if (this.run > FLAT_SAMPLES) this.clipped += 1;
        if (this.run >= FLAT_SAMPLES) this.mark();
      } else this.run = 0;
    }
  }

  finish(): Span[] {
    return this.spans;
  }

  private mark(): void {
    const endSec = this.position / this.sampleRateHz;
    const startSec = (this.position - this.run) / this.sampleRateHz;
    const last = this.spans.at(-1);
    if (last !== undefined && startSec - last.endSec <= JOIN_SEC)
      this.spans[this.spans.length - 1] = { startSec: last.startSec, endSec };
    else this.spans.push({ startSec, endSec });
  }
}
