import { geometryName } from '../../../models/encoders/encoder.js';
import type { Rational } from '../../../core/time.js';
import type { ExtractParams } from '../params.js';
import { checksumFilter, trimFilter, type PictureSpan } from '../shards/picture-span.js';
import { scaleTo, type ScaledPicture } from './picture-geometry.js';
import { clockExpression, cutExpression } from '../timeline/clock-filters.js';
import type { PictureCut } from '../timeline/picture-cuts.js';
import type { VideoTrack } from '../probe/tracks.js';

/** One raw file of frames in the artefact. */
export interface StoredFrames {
  readonly geometry: string;
  readonly file: string;
  readonly picture: ScaledPicture;
}

/** Time base in which the frames of the small stream are numbered. */
export const SMALL_COUNT_RATE = 1000;

/** The raw files of frames to write: one for each distinct geometry. */
export function storedFrames(params: ExtractParams, video: VideoTrack): StoredFrames[] {
  const byName = new Map(params.geometries.map((geometry) => [geometryName(geometry), geometry]));
  return [...byName].map(([geometry, wanted]) => ({
    geometry,
    file: `frames-${geometry}.rgb`,
    picture: scaleTo(wanted, video),
  }));
}

interface PictureTimes {
  readonly segment: Rational;
  /** What to add to the times of each piece of a clock that jumps (ClockReport); null when they are right. */
  readonly offsets: readonly number[] | null;
  /** Long pauses to leave out. */
  readonly cuts: readonly PictureCut[];
  readonly span?: PictureSpan;
}

/**
 * The filter graph of the picture. Its outputs are `[clock]`, every decoded frame untouched, for its time; `[small]`, every
 * decoded frame reduced; `[frames0…]`, one frame per segment: the one on display in the segment's middle, which FrameGrid
 * predicts; and, for a span, `[checksums]`, the frames around its ends.
 *
 * `fps` counts ticks of half a segment: with `round=up` it emits, at tick n, the last frame that began at or before n half
 * segments. Odd ticks are the middles of segments. `start_time=0` starts the count at the player's 0:00 whenever the
 * picture begins. This holds for a span as well, which drops the frames of earlier segments afterwards, because `fps`
 * would round a later start to a tick of the container. `tpad` keeps the last frame long enough to be emitted; it copies
 * references, not pixels.
 */
export function pictureGraph(
  video: VideoTrack,
  small: ScaledPicture,
  frames: readonly StoredFrames[],
  { segment, offsets, cuts, span }: PictureTimes,
): string {
  const stored = frames.length > 0;
  const branches = ['[clock]', '[forSmall]', ...(stored ? ['[forFrames]'] : []), ...(span ? ['[forChecksums]'] : [])];
  const trim = span ? `${trimFilter(span)},` : '';
  const clock = offsets ? `setpts='${clockExpression(offsets)}',` : '';
  const shorten = cuts.length > 0 ? `setpts='${cutExpression(cuts)}',` : '';
  const split = `[0:${video.stream.index}]${clock}${shorten}${trim}split=${branches.length}${branches.join('')}`;
  // Raw video stores no times. Numbering the frames keeps ffmpeg from complaining about the times of a broken file.
  const chains = [split, `[forSmall]${small.filters},settb=1/${SMALL_COUNT_RATE},setpts=N[small]`];
  if (stored) {
    const padSec = ((1.5 * segment.num) / segment.den).toFixed(6);
    const middles =
      `tpad=stop_mode=clone:stop_duration=${padSec},` +
      `fps=fps=${2 * segment.den}/${segment.num}:start_time=0:round=up,select='mod(n,2)*gt(n,${2 * (span?.firstSegment ?? 0)})'`;
    chains.push(`[forFrames]${middles},split=${frames.length}${frames.map((_, i) => `[middle${i}]`).join('')}`);
    frames.forEach(({ picture }, i) => chains.push(`[middle${i}]${picture.filters}[frames${i}]`));
  }
  if (span) chains.push(`[forChecksums]${checksumFilter(span)}[checksums]`);
  return chains.join(';');
}
