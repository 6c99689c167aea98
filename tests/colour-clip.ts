import type { MediaReader } from '../stages/extract/media-reader.js';

/** The geometry that `segmentColours` reads. */
export const CROP = { width: 32, height: 32, fit: 'crop', shortSide: 32 } as const;
/** The colours of the clip, one per second. */
export const COLOURS = ['red', 'lime', 'blue', 'yellow', 'magenta', 'cyan'] as const;
type Colour = (typeof COLOURS)[number] | 'white' | 'black';
const RGB: Record<Colour, readonly number[]> = {
  red: [255, 0, 0],
  lime: [0, 255, 0],
  blue: [0, 0, 255],
  yellow: [255, 255, 0],
  magenta: [255, 0, 255],
  cyan: [0, 255, 255],
  white: [255, 255, 255],
  black: [0, 0, 0],
};
/** Default sample rate of `onsets`. */
export const RATE = 16_000;
/** Arguments for a small and quick encoding with a key frame every second at ten frames per second. */
export const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '10'];

/** Inputs of ffmpeg for a video that has the colour COLOURS[i] in second i. */
export function colours(seconds: number, rate = 10, size = '64x48'): string[] {
  return COLOURS.slice(0, seconds).flatMap((colour) => [
    '-f',
    'lavfi',
    '-i',
    `color=${colour}:s=${size}:r=${rate}:d=1`,
  ]);
}
/** The ffmpeg filter that joins the inputs of `colours`. */
export function joined(seconds: number): string {
  return `${COLOURS.slice(0, seconds)
    .map((_, i) => `[${i}]`)
    .join('')}concat=n=${seconds}`;
}
/** Inputs of ffmpeg for 1 kHz tones at the given times, each 0.1 s long. */
export function beeps(atSec: readonly number[], durationSec: number): string[] {
  const on = atSec.map((t) => `between(t,${t},${t + 0.1})`).join('+');
  return ['-f', 'lavfi', '-i', `aevalsrc='0.5*sin(2*PI*1000*t)*(${on})':s=44100:d=${durationSec}`];
}

function nearest(pixel: Uint8Array): Colour {
  const distance = (colour: Colour): number =>
    RGB[colour].reduce((sum, value, i) => sum + (value - (pixel[i] ?? 0)) ** 2, 0);
  return (Object.keys(RGB) as Colour[]).reduce((best, colour) => (distance(colour) < distance(best) ? colour : best));
}

/** The colour in the middle of the frame of each segment; null for a segment without a frame. */
export async function segmentColours(media: MediaReader): Promise<(Colour | null)[]> {
  const { width, height } = media.info.frames[0] ?? { width: 0, height: 0 };
  const middle = 3 * ((height >> 1) * width + (width >> 1));
  return Promise.all(
    media.info.segmentFrame.map(async (frame) => {
      if (frame < 0) return null;
      const pixels = await media.readFrames(CROP, frame, 1);
      return nearest(pixels.subarray(middle, middle + 3));
    }),
  );
}

/** Times in seconds at which sound starts after silence. */
export async function onsets(media: MediaReader, sampleRateHz = RATE): Promise<number[]> {
  const samples = media.info.waves.find((wave) => wave.sampleRateHz === sampleRateHz)?.samples ?? 0;
  const wave = await media.readWave(sampleRateHz, 0, samples);
  const found: number[] = [];
  let quiet = sampleRateHz;
  wave.forEach((sample, i) => {
    if (Math.abs(sample) < 0.05) quiet += 1;
    else {
      if (quiet > sampleRateHz / 50) found.push(i / sampleRateHz);
      quiet = 0;
    }
  });
  return found;
}
