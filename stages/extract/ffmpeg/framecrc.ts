import { instant, parseRational, type Instant, type Rational } from '../../../core/time.js';
import type { PipeConsumer } from './process.js';

/** One frame or packet in the output of the `framecrc` muxer. */
export interface FramecrcEntry {
  /** Null when the container gives it no time. */
  readonly start: Instant | null;
  /** 0 when the container does not say how long it lasts. */
  readonly duration: Instant;
  /** Size and checksum of the bytes that were written, as ffmpeg prints them. */
  readonly checksum: string;
}

/**
 * Reads the lines of ffmpeg's `framecrc` muxer: a header with `#tb 0: 1/15360`, then `stream, dts, pts, duration, size,
 * checksum`, with times in ticks of that base. It is the only output of ffmpeg with the exact times and durations of raw frames.
 */
export function readFramecrc(onFrame: (frame: FramecrcEntry) => void | Promise<void>): PipeConsumer {
  return async (chunks) => {
    let rest = '';
    let base: Rational | null = null;
    for await (const chunk of chunks) {
      const lines = (rest + chunk.toString('latin1')).split('\n');
      rest = (lines.pop() ?? '').slice(-1000);
      for (const line of lines) {
        base = parseRational(/^#tb 0: (\S+)/.exec(line)?.[1] ?? '') ?? base;
        const frame = base && parseEntry(line, base);
        if (frame) await onFrame(frame);
      }
    }
  };
}

function parseEntry(line: string, base: Rational): FramecrcEntry | null {
  const [, pts, duration, size, checksum] =
    /^\d+,\s*(?:-?\d+|NOPTS),\s*(-?\d+|NOPTS),\s*(-?\d+),\s*(\d+),\s*(0x[0-9a-f]+)/.exec(line) ?? [];
  if (pts === undefined || duration === undefined) return null;
  const ticks = Number(pts);
  const length = Math.max(0, Number(duration));
  return {
    start: Number.isSafeInteger(ticks) ? instant(ticks, base) : null,
    duration: instant(Number.isSafeInteger(length) ? length : 0, base),
    checksum: `${size} ${checksum}`,
  };
}
