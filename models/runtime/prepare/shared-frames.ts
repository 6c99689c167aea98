import type { SoundPreparation, SoundWindow } from '../model-spec.js';
import { stridesOf, type LogMel } from './log-mel.js';

/** Frames of all windows whose starts differ by whole hops. */
interface Grid {
  readonly start: number;
  readonly end: number;
  readonly frames: number;
  readonly picture: Float32Array;
}

/**
 * Log-mel pictures of many windows of one stretch of sound: a frame that several windows see is computed once. Only the
 * frames at a window's ends, which see its reflected border, are its own.
 */
export class SharedFrames {
  /** By the windows' start modulo the hop. */
  private readonly grids = new Map<number, Grid>();

  constructor(
    private readonly mel: LogMel,
    private readonly sound: Float32Array,
    private readonly layout: SoundPreparation['layout'],
    windows: readonly SoundWindow[],
  ) {
    const { hopSize, melBins } = mel.how;
    const spans = new Map<number, { start: number; end: number }>();
    for (const { start, length } of windows) {
      const span = spans.get(start % hopSize) ?? { start, end: 0 };
      span.start = Math.min(span.start, start);
      span.end = Math.max(span.end, start + length);
      spans.set(start % hopSize, span);
    }
    for (const [rest, { start, end }] of spans) {
      const samples = sound.subarray(start, end);
      const frames = mel.framesOf(samples.length);
      const picture = new Float32Array(frames * melBins);
      const { frameStride, bandStride } = stridesOf(layout, frames, melBins);
      const { from, to } = mel.insideFrames(samples.length);
      for (let frame = from; frame < to; frame++)
        mel.writeFrame(samples, frame, picture, frame * frameStride, bandStride);
      this.grids.set(rest, { start, end, frames, picture });
    }
  }

  /** Writes `framesOf(length) × melBins` numbers. */
  write({ start, length }: SoundWindow, picture: Float32Array): void {
    const { mel, sound, layout } = this;
    const { hopSize, melBins } = mel.how;
    const samples = sound.subarray(start, start + length);
    const frames = mel.framesOf(length);
    const { frameStride, bandStride } = stridesOf(layout, frames, melBins);
    const inside = mel.insideFrames(length);
    const grid = this.grids.get(start % hopSize);
    const known = grid && start >= grid.start && start + length <= grid.end ? grid : null;
    for (let frame = 0; frame < frames; frame++)
      if (!known || frame < inside.from || frame >= inside.to)
        mel.writeFrame(samples, frame, picture, frame * frameStride, bandStride);
    if (!known) return;
    // Both pictures have one layout, so that runs of numbers are copied.
    const offset = (start - known.start) / hopSize;
    const copy = (from: number, to: number, target: number): void =>
      picture.set(known.picture.subarray(from, to), target);
    if (bandStride === 1) copy((inside.from + offset) * melBins, (inside.to + offset) * melBins, inside.from * melBins);
    else
      for (let band = 0, row = offset; band < melBins; band++, row += known.frames)
        copy(row + inside.from, row + inside.to, band * frames + inside.from);
  }
}
