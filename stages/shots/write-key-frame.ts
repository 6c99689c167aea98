import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { geometryName, type FrameGeometry } from '../../models/encoders/encoder.js';
import type { Shot } from '../../core/schemas/shots.js';
import type { MediaReader } from '../extract/media-reader.js';
import { keyFrameCandidates, sharpness } from './key-frame.js';

/** The stored frames that key frames are made from. The extract stage stores them only when its parameters name them. */
export const PREVIEW_GEOMETRY: FrameGeometry = { fit: 'inside', width: 320, height: 320 };

/** The usual good quality of libjpeg: about 15 KB per picture of this size. */
const JPEG_QUALITY = 80;

/**
 * Writes the sharpest of a shot's stored frames to `keyframes/shot-0001.jpg` (counted from 1) below `folder`. A shot
 * without a stored frame gets the nearest one, with the time of that frame. Null when no previews were stored.
 */
export async function writeKeyFrame(
  media: MediaReader,
  folder: string,
  index: number,
  span: { readonly startSec: number; readonly endSec: number },
): Promise<Shot['keyFrame']> {
  const stored = media.info.frames.find(({ geometry }) => geometry === geometryName(PREVIEW_GEOMETRY));
  if (!stored) return null;
  const { width, height } = stored;
  let best: { frame: number; rgb: Uint8Array; score: number } | null = null;
  for (const frame of keyFrameCandidates(media.info.frameTimesSec, span.startSec, span.endSec)) {
    const rgb = await media.readFrames(stored.geometry, frame, 1);
    const score = sharpness(rgb, width, height);
    if (!best || score > best.score) best = { frame, rgb, score };
  }
  if (!best) return null;
  const path = `keyframes/shot-${String(index + 1).padStart(4, '0')}.jpg`;
  const target = join(folder, path);
  await mkdir(dirname(target), { recursive: true });
  await sharp(best.rgb, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: JPEG_QUALITY })
    .toFile(target);
  return { timeSec: Math.max(0, media.info.frameTimesSec[best.frame] ?? 0), path };
}
