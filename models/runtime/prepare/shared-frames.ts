import type { SoundPreparation, SoundWindow } from '../model-spec.js';
import { stridesOf, type LogMel } from './log-mel.js';

/** The frames of all windows whose starts differ by whole hops. */
interface Grid {
  readonly start: number;
  readonly frames: number;
  readonly spectrogram: Float32Array;
}

/**
 * Log-mel spectrograms of many windows of one stretch of sound. A frame that several windows share is computed once; only
 * the frames at the ends of a window, which see its reflected border, are computed for each window.
 */
export class SharedFrames {
  /** By the start of the windows, modulo the hop. */
  private readonly grids = new Map<number, Grid>();
  /** For each window the frames before and after the shared ones, [frames, bands]. */
  private readonly borders = new Map<SoundWindow, Float32Array>();

  constructor(
    private readonly mel: LogMel,
    sound: Float32Array,
    private readonly layout: SoundPreparation['layout'],
    windows: readonly SoundWindow[],
  ) {
    mel.load(sound);
    this.writeGrids(windows);
    for (const window of windows) this.borders.set(window, this.bordersOf(window));
  }

  /** Writes the spectrogram of one of the windows, `framesOf(length) × melBins` numbers. */
  write(window: SoundWindow, spectrogram: Float32Array): void {
    const { mel, layout } = this;
    const { start, length } = window;
    const { hopSize, melBins } = mel.parameters;
    const borders = this.borders.get(window);
    const grid = this.grids.get(start % hopSize);
    if (!borders || !grid) throw new RangeError('not one of the windows that were prepared');
    const frames = mel.framesOf(length);
    const { from, to } = mel.innerFrames(length);
    const { frameStride, bandStride } = stridesOf(layout, frames, melBins);
    // Both spectrograms have the same layout, so whole runs of numbers are copied.
    const offset = (start - grid.start) / hopSize;
    const copy = (first: number, end: number, target: number): void =>
      spectrogram.set(grid.spectrogram.subarray(first, end), target);
    if (bandStride === 1) copy((from + offset) * melBins, (to + offset) * melBins, from * melBins);
    else
      for (let band = 0, row = offset; band < melBins; band++, row += grid.frames)
        copy(row + from, row + to, band * frames + from);
    for (let frame = 0, at = 0; frame < frames; frame = frame + 1 === from ? to : frame + 1)
      for (let band = 0; band < melBins; band++)
        spectrogram[frame * frameStride + band * bandStride] = borders[at++] ?? 0;
  }

  private writeGrids(windows: readonly SoundWindow[]): void {
    const { mel, layout } = this;
    const { hopSize, melBins } = mel.parameters;
    const spans = new Map<number, { start: number; end: number }>();
    for (const { start, length } of windows) {
      const span = spans.get(start % hopSize) ?? { start, end: 0 };
      span.start = Math.min(span.start, start);
      span.end = Math.max(span.end, start + length);
      spans.set(start % hopSize, span);
    }
    for (const [rest, { start, end }] of spans) {
      const frames = mel.framesOf(end - start);
      const spectrogram = new Float32Array(frames * melBins);
      const strides = stridesOf(layout, frames, melBins);
      const { from, to } = mel.innerFrames(end - start);
      mel.writeFrames({ start, length: end - start }, from, to, spectrogram, from * strides.frameStride, strides);
      this.grids.set(rest, { start, frames, spectrogram });
    }
  }

  private bordersOf(window: SoundWindow): Float32Array {
    const { mel } = this;
    const { melBins } = mel.parameters;
    const frames = mel.framesOf(window.length);
    const { from, to } = mel.innerFrames(window.length);
    const borders = new Float32Array((from + frames - to) * melBins);
    const strides = stridesOf('frames-bands', frames, melBins);
    mel.writeFrames(window, 0, from, borders, 0, strides);
    mel.writeFrames(window, to, frames, borders, from * melBins, strides);
    return borders;
  }
}
