import type { SoundPreparation, SoundWindow } from '../model-spec.js';
import { stridesOf, type LogMel } from './log-mel.js';

/** Frames of all windows whose starts differ by whole hops. */
interface Grid {
  readonly start: number;
  readonly end: number;
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
      const picture = new Float32Array(mel.framesOf(samples.length) * melBins);
      const { from, to } = mel.insideFrames(samples.length);
      for (let frame = from; frame < to; frame++) mel.writeFrame(samples, frame, picture, frame * melBins, 1);
      this.grids.set(rest, { start, end, picture });
    }
  }

  /** Writes `framesOf(length) × melBins` numbers. */
  write({ start, length }: SoundWindow, picture: Float32Array, layout: SoundPreparation['layout']): void {
    const { mel, sound } = this;
    const { hopSize, melBins } = mel.how;
    const samples = sound.subarray(start, start + length);
    const frames = mel.framesOf(length);
    const { frameStride, bandStride } = stridesOf(layout, frames, melBins);
    const inside = mel.insideFrames(length);
    const grid = this.grids.get(start % hopSize);
    const known = grid && start >= grid.start && start + length <= grid.end ? grid : null;
    const offset = known ? (start - known.start) / hopSize : 0;
    for (let frame = 0; frame < frames; frame++) {
      if (!known || frame < inside.from || frame >= inside.to)
        mel.writeFrame(samples, frame, picture, frame * frameStride, bandStride);
      else
        for (let band = 0, from = (frame + offset) * melBins; band < melBins; band++)
          picture[frame * frameStride + band * bandStride] = known.picture[from + band] ?? 0;
    }
  }
}
