import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import type { ObjectsFile } from '../../../core/schemas/objects.js';
import type { Shot } from '../../../core/schemas/shots.js';
import type { ColourShare, ShotColours } from './video-facts.js';

/** The picture is shrunk to a square of this side: shares of colours need no more, and grain and compression average out. */
const SIDE = 48;
/** Of a box, the inner part on each axis: its rim shows what is behind the thing. */
const INNER = 0.6;

/**
 * The English name of a colour, one of the eleven basic colour terms of Berlin and Kay (1969), by hue, saturation and value.
 * @param red, green, blue 0 to 255, sRGB.
 */
export function colourName(red: number, green: number, blue: number): string {
  const value = Math.max(red, green, blue) / 255;
  const chroma = value - Math.min(red, green, blue) / 255;
  const saturation = value === 0 ? 0 : chroma / value;
  if (value < 0.2) return 'black';
  if (chroma < 0.1 || saturation < 0.13) return value > 0.85 ? 'white' : value < 0.3 ? 'black' : 'grey';
  const hue = hueOf(red / 255, green / 255, blue / 255, value, chroma);
  if (hue < 14 || hue >= 345) return value > 0.75 && saturation < 0.45 ? 'pink' : value < 0.35 ? 'brown' : 'red';
  if (hue < 45) {
    if (value < 0.62 || saturation < 0.5) return value > 0.75 && saturation < 0.35 ? 'beige' : 'brown';
    return 'orange';
  }
  if (hue < 68) return value < 0.5 ? 'green' : saturation < 0.3 ? 'beige' : 'yellow';
  if (hue < 165) return 'green';
  if (hue < 255) return 'blue';
  if (hue < 300) return 'purple';
  return value < 0.5 ? 'purple' : 'pink';
}

/** In degrees. */
function hueOf(red: number, green: number, blue: number, value: number, chroma: number): number {
  const sector =
    value === red
      ? ((green - blue) / chroma + 6) % 6
      : value === green
        ? (blue - red) / chroma + 2
        : (red - green) / chroma + 4;
  return sector * 60;
}

/** Measures the colours of a shot's key frame and of the things in it; null where there is no key frame. */
export async function shotColours(folder: string, shot: Shot, objects: ObjectsFile): Promise<ShotColours | null> {
  if (shot.keyFrame === null) return null;
  const { timeSec, path } = shot.keyFrame;
  const picture = sharp(join(folder, path));
  const { width, height } = await picture.metadata();
  const pixels = await pixelsOf(picture);
  const third = (SIDE / 3) * SIDE * 3;
  const ofTrack = new Map<number, readonly ColourShare[]>();
  for (const { id, label, sightings } of objects.tracks) {
    const look = sightings.find((sighting) => sighting.timeSec === timeSec);
    if (look === undefined || label === 'person' || label === 'face') continue;
    const left = Math.round(Math.max(0, look.x + (look.width * (1 - INNER)) / 2) * width);
    const top = Math.round(Math.max(0, look.y + (look.height * (1 - INNER)) / 2) * height);
    const [wide, high] = [Math.round(look.width * INNER * width), Math.round(look.height * INNER * height)];
    // Too few pixels to have a colour.
    if (wide < 8 || high < 8 || left + wide > width || top + high > height) continue;
    ofTrack.set(
      id,
      sharesOf(await pixelsOf(sharp(join(folder, path)).extract({ left, top, width: wide, height: high }))),
    );
  }
  return {
    whole: sharesOf(pixels),
    upper: sharesOf(pixels.subarray(0, third)),
    lower: sharesOf(pixels.subarray(pixels.length - third)),
    brightness: pixels.reduce((sum, value) => sum + value, 0) / Math.max(1, pixels.length) / 255,
    ofTrack,
  };
}

async function pixelsOf(picture: Sharp): Promise<Buffer> {
  return picture
    .resize({ width: SIDE, height: SIDE, fit: 'fill' })
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer();
}

function sharesOf(pixels: Buffer): ColourShare[] {
  const counts = new Map<string, number>();
  for (let at = 0; at + 2 < pixels.length; at += 3) {
    const name = colourName(pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .map(([name, count]) => ({ name, share: (count * 3) / pixels.length }))
    .sort((a, b) => b.share - a.share || (a.name < b.name ? -1 : 1));
}
