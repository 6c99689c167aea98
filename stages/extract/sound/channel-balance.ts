import type { PipeConsumer } from '../ffmpeg/process.js';

/** A stretch in which channels cancel out when they are added. */
export interface OpposedSpan {
  readonly startSec: number;
  readonly endSec: number;
  /** 1 or -1 for each channel: added with these signs, the channels do not cancel out. */
  readonly signs: readonly number[];
}

/** Energies are compared over a tenth of a second, like the loudness. */
const BLOCK_SEC = 0.1;
/** The sum has this share of the energy that it would have with the right signs: -10 dB, which no stereo recording has for long. */
const OPPOSED_SHARE = 0.1;
/** A stretch goes on until the plain sum is the louder one. */
const RESTORED_SHARE = 1;
/** Mean square, relative to full scale, below which nothing is heard that could be lost: -70 dB. */
const AUDIBLE_POWER = 1e-7;
/** Silence within a stretch, for example between the beeps of an alarm, belongs to it. */
const BRIDGED_SEC = 2;
const FULL_SCALE = 32_768;

/**
 * Finds where the channels of the sound are in antiphase, so that a mono mix would lose what every listener of the channels
 * hears. It reads interleaved 16-bit samples and keeps the products of all pairs of channels over one block.
 */
export class ChannelBalance {
  private readonly products: Float64Array;
  private readonly samples: Float64Array;
  private readonly blockSamples: number;
  private filled = 0;
  private blocks = 0;
  private current: { startBlock: number; endBlock: number; signs: readonly number[] } | null = null;
  private readonly found: OpposedSpan[] = [];

  constructor(
    private readonly channels: number,
    sampleRateHz: number,
  ) {
    this.products = new Float64Array(channels * channels);
    this.samples = new Float64Array(channels);
    this.blockSamples = Math.max(1, Math.round(sampleRateHz * BLOCK_SEC));
    this.blockSec = this.blockSamples / sampleRateHz;
  }

  private readonly blockSec: number;

  readonly consume: PipeConsumer = async (chunks) => {
    let rest = Buffer.alloc(0);
    const frameBytes = this.channels * Int16Array.BYTES_PER_ELEMENT;
    for await (const chunk of chunks) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const whole = bytes.length - (bytes.length % frameBytes);
      const aligned = bytes.byteOffset % Int16Array.BYTES_PER_ELEMENT === 0 ? bytes : Buffer.from(bytes);
      this.push(new Int16Array(aligned.buffer, aligned.byteOffset, whole / Int16Array.BYTES_PER_ELEMENT));
      rest = Buffer.from(bytes.subarray(whole));
    }
    if (this.filled > 0) this.endBlock();
  };

  get spans(): readonly OpposedSpan[] {
    return this.current ? [...this.found, this.spanOf(this.current)] : this.found;
  }

  /** @param interleaved whole frames of all channels */
  push(interleaved: Int16Array): void {
    const { channels, products, samples } = this;
    for (let at = 0; at + channels <= interleaved.length; at += channels) {
      for (let c = 0; c < channels; c++) samples[c] = (interleaved[at + c] ?? 0) / FULL_SCALE;
      for (let a = 0; a < channels; a++)
        for (let b = a; b < channels; b++) {
          const pair = a * channels + b;
          products[pair] = (products[pair] ?? 0) + (samples[a] ?? 0) * (samples[b] ?? 0);
        }
      if (++this.filled === this.blockSamples) this.endBlock();
    }
  }

  private endBlock(): void {
    const { channels } = this;
    const strongest = Array.from({ length: channels }, (_, c) => this.product(c, c)).reduce(
      (best, energy, c, all) => (energy > (all[best] ?? 0) ? c : best),
      0,
    );
    const signs = Array.from({ length: channels }, (_, c) => (this.product(c, strongest) < 0 ? -1 : 1));
    const plain = this.energyOfSum(signs.map(() => 1));
    const signed = this.energyOfSum(signs);
    const audible = signed > AUDIBLE_POWER * this.filled * channels * channels;
    if (audible) this.judge(plain, signed, signs);
    else if (this.current && (this.blocks - this.current.endBlock) * this.blockSec > BRIDGED_SEC) this.close();
    this.products.fill(0);
    this.filled = 0;
    this.blocks += 1;
  }

  private judge(plain: number, signed: number, signs: readonly number[]): void {
    const { current, blocks } = this;
    const opposed = plain < OPPOSED_SHARE * signed;
    const same = current?.signs.every((sign, c) => sign === signs[c]) ?? false;
    if (current && same && plain < RESTORED_SHARE * signed) current.endBlock = blocks + 1;
    else {
      this.close();
      if (opposed) this.current = { startBlock: blocks, endBlock: blocks + 1, signs };
    }
  }

  private close(): void {
    if (this.current) this.found.push(this.spanOf(this.current));
    this.current = null;
  }

  private spanOf({ startBlock, endBlock, signs }: NonNullable<ChannelBalance['current']>): OpposedSpan {
    return { startSec: startBlock * this.blockSec, endSec: endBlock * this.blockSec, signs };
  }

  private product(a: number, b: number): number {
    return this.products[Math.min(a, b) * this.channels + Math.max(a, b)] ?? 0;
  }

  private energyOfSum(weights: readonly number[]): number {
    let sum = 0;
    weights.forEach((wa, a) => weights.forEach((wb, b) => (sum += wa * wb * this.product(a, b))));
    return sum;
  }
}
