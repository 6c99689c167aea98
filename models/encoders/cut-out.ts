import type { FrameSides } from './letterbox.js';

/** A square of a frame, in pixels; it may reach beyond the frame. */
export interface Square {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

/**
 * Scales a square of an rgb24 frame to `side` × `side` pixels and writes it to `target`.
 * Interpolates bilinearly between the four nearest pixels, as in the training of the networks; `pad` beyond the frame.
 */
export function cutOut(
  frame: Uint8Array,
  frameSides: FrameSides,
  square: Square,
  side: number,
  pad: number,
  target: Uint8Array,
): void {
  const columns = samplesAlong(square.left, square.side, side, frameSides.width, 3);
  const rows = samplesAlong(square.top, square.side, side, frameSides.height, frameSides.width * 3);
  let to = 0;
  for (let row = 0; row < side; row++) {
    const above = rows.before[row] ?? OUTSIDE;
    const below = rows.after[row] ?? OUTSIDE;
    const down = rows.weight[row] ?? 0;
    for (let column = 0; column < side; column++) {
      const left = columns.before[column] ?? OUTSIDE;
      const right = columns.after[column] ?? OUTSIDE;
      const across = columns.weight[column] ?? 0;
      // A sum with an OUTSIDE in it is negative, because offsets inside the frame are smaller than its absolute value.
      const a = above + left;
      const b = above + right;
      const c = below + left;
      const d = below + right;
      for (let colour = 0; colour < 3; colour++) {
        const topLeft = a < 0 ? pad : (frame[a + colour] ?? pad);
        const topRight = b < 0 ? pad : (frame[b + colour] ?? pad);
        const bottomLeft = c < 0 ? pad : (frame[c + colour] ?? pad);
        const bottomRight = d < 0 ? pad : (frame[d + colour] ?? pad);
        const top = topLeft + (topRight - topLeft) * across;
        const bottom = bottomLeft + (bottomRight - bottomLeft) * across;
        target[to++] = top + (bottom - top) * down + 0.5;
      }
    }
  }
}

/** The offset of a pixel beyond the frame. Offsets inside stay below its absolute value up to 8,192 × 8,192 pixels. */
const OUTSIDE = -(2 ** 28);

/** For each pixel of the result, along one axis. */
interface Samples {
  /** Offsets in the frame of the pixels on both sides of the pixel's centre. */
  readonly before: Int32Array;
  readonly after: Int32Array;
  /** Weight of the pixel after the centre; that of the one before is one minus this. */
  readonly weight: Float32Array;
}

function samplesAlong(start: number, length: number, count: number, frameSide: number, stride: number): Samples {
  const found = { before: new Int32Array(count), after: new Int32Array(count), weight: new Float32Array(count) };
  const offsetOf = (at: number): number => (at >= 0 && at < frameSide ? at * stride : OUTSIDE);
  for (let index = 0; index < count; index++) {
    const centre = start + ((index + 0.5) * length) / count - 0.5;
    const first = Math.floor(centre);
    found.before[index] = offsetOf(first);
    found.after[index] = offsetOf(first + 1);
    found.weight[index] = centre - first;
  }
  return found;
}
