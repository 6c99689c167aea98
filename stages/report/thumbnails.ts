import { join } from 'node:path';
import sharp from 'sharp';
import type { Shot } from '../../core/schemas/shots.js';

/** A strip 1,100 pixels wide shows a dozen at once. Zooming in needs more; thousands would only make the page large. */
const MAX_THUMBNAILS = 600;
/** For all pictures of a page together; base64 adds a third. */
const MAX_BYTES = 2_400_000;
/** Up to this many thumbnails are stored in the size of the key frames. */
const MAX_LARGE_THUMBNAILS = 80;
const HEIGHT = 80;
const LARGE_HEIGHT = 320;
/** The strip crops wider pictures (panoramas, somewhat wider than 21:9) anyway. */
const MAX_ASPECT = 3;

export interface Thumbnails {
  readonly urls: readonly string[];
  /** Index into `urls` by shot index. */
  readonly ofShot: ReadonlyMap<number, number>;
}

/** Key frames as small data URLs, at most MAX_BYTES in all. Of too many shots, the longest one in each interval is kept. */
export async function makeThumbnails(folder: string, shots: readonly Shot[], signal: AbortSignal): Promise<Thumbnails> {
  const chosen = spread(shots.filter((shot) => shot.keyFrame !== null));
  const height = chosen.length <= MAX_LARGE_THUMBNAILS ? LARGE_HEIGHT : HEIGHT;
  const share = Math.floor(MAX_BYTES / Math.max(1, chosen.length));
  const urls: string[] = [];
  const ofShot = new Map<number, number>();
  for (const shot of chosen) {
    signal.throwIfAborted();
    const picture = await shrink(join(folder, shot.keyFrame?.path ?? ''), height, share);
    if (!picture) continue;
    ofShot.set(shot.index, urls.length);
    urls.push(`data:image/webp;base64,${picture.toString('base64')}`);
  }
  return { urls, ofShot };
}

/** Null for a picture that exceeds the limit even at low quality, so that the size of the page stays bounded. */
async function shrink(path: string, height: number, maxBytes: number): Promise<Buffer | null> {
  for (const quality of [62, 25]) {
    const picture = await sharp(path)
      .resize({ height, width: height * MAX_ASPECT, fit: 'inside', withoutEnlargement: true })
      .webp({ quality })
      .toBuffer();
    if (picture.length <= maxBytes) return picture;
  }
  return null;
}

function spread(shots: readonly Shot[]): readonly Shot[] {
  if (shots.length <= MAX_THUMBNAILS) return shots;
  const endSec = shots.at(-1)?.endSec ?? 0;
  const longest = new Map<number, Shot>();
  for (const shot of shots) {
    const interval = Math.min(MAX_THUMBNAILS - 1, Math.floor((shot.startSec / endSec) * MAX_THUMBNAILS));
    const current = longest.get(interval);
    if (!current || shot.endSec - shot.startSec > current.endSec - current.startSec) longest.set(interval, shot);
  }
  return [...longest.values()];
}
