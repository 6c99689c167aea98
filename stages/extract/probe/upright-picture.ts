import { parseRational } from '../../../core/time.js';
import type { ProbedStream } from './probed-stream.js';

/** Real pixels are between 1:2 and 2:1; anything far outside is a broken header, and players ignore it. */
const STRANGEST_PIXEL = 8;

export interface UprightPicture {
  /** Size as shown: turned upright, in square pixels (the height stays, the width is stretched). */
  readonly width: number;
  readonly height: number;
  /** Clockwise turn from the stored picture to the upright one, 0 to 359. */
  readonly rotationDegrees: number;
  readonly sampleAspect: string;
}

/** ffmpeg turns the picture by itself before our filters; here is what comes out of that. */
export function uprightPicture(stream: ProbedStream): UprightPicture {
  const { width = 1, height = 1 } = stream;
  const fromMatrix = stream.side_data_list.find((data) => data.rotation !== undefined)?.rotation;
  // The matrix counts anticlockwise, the old tag clockwise.
  const clockwise = fromMatrix !== undefined ? -fromMatrix : (stream.tags.rotate ?? 0);
  const rotationDegrees = ((Math.round(clockwise) % 360) + 360) % 360;
  const quarter = rotationDegrees === 90 || rotationDegrees === 270;
  const aspect = pixelAspect(stream.sample_aspect_ratio);
  const stretch = quarter ? aspect.den / aspect.num : aspect.num / aspect.den;
  const [turnedWidth, turnedHeight] = quarter ? [height, width] : [width, height];
  return {
    width: Math.max(1, Math.round(turnedWidth * stretch)),
    height: turnedHeight,
    rotationDegrees,
    sampleAspect: `${aspect.num}:${aspect.den}`,
  };
}

function pixelAspect(text: string | undefined): { num: number; den: number } {
  const aspect = parseRational(text ?? '');
  if (!aspect || aspect.num <= 0) return { num: 1, den: 1 };
  const ratio = aspect.num / aspect.den;
  return ratio > STRANGEST_PIXEL || ratio < 1 / STRANGEST_PIXEL ? { num: 1, den: 1 } : aspect;
}
