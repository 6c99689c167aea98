import type { Rational } from '../../../core/time.js';
import { sumsFilter, trimFilter, type PictureSpan } from '../shards/picture-span.js';
import type { StoredFrames } from '../decode/stored-media.js';
import type { ScaledPicture } from './picture-geometry.js';
import type { VideoTrack } from '../probe/tracks.js';

/** The base in which the frames of the small stream are numbered. */
export const SMALL_COUNT_RATE = 1000;

/**
 * The picture's filters: `[clock]` every decoded frame untouched, for its time; `[small]` every decoded frame, small;
 * `[frames0…]` the frame on display in the middle of each segment, one a segment, which FrameGrid mirrors.
 *
 * `fps` counts ticks of half a segment: with `round=up` it hands out, at tick n, the last frame that began at or before
 * n half segments. Odd ticks are middles. `start_time=0` starts the count at the player's 0:00 whenever the picture
 * begins: also for a span, which throws away what belongs to earlier segments, because `fps` would round a later start to
 * a tick of the container. `tpad` lets the last frame live long enough to be handed out: it copies references, not pixels.
 */
export function pictureGraph(
  video: VideoTrack,
  small: ScaledPicture,
  frames: readonly StoredFrames[],
  segment: Rational,
  span?: PictureSpan,
): string {
  const stored = frames.length > 0;
  const branches = ['[clock]', '[forSmall]', ...(stored ? ['[forFrames]'] : []), ...(span ? ['[forSums]'] : [])];
  const trim = span ? `${trimFilter(span)},` : '';
  const split = `[0:${video.stream.index}]${trim}split=${branches.length}${branches.join('')}`;
  // Raw video has no times: counted frames keep ffmpeg from complaining about those of a broken file.
  const chains = [split, `[forSmall]${small.filters},settb=1/${SMALL_COUNT_RATE},setpts=N[small]`];
  if (stored) {
    const padSec = ((1.5 * segment.num) / segment.den).toFixed(6);
    const middles =
      `tpad=stop_mode=clone:stop_duration=${padSec},` +
      `fps=fps=${2 * segment.den}/${segment.num}:start_time=0:round=up,select='mod(n,2)*gt(n,${2 * (span?.firstSegment ?? 0)})'`;
    chains.push(`[forFrames]${middles},split=${frames.length}${frames.map((_, i) => `[middle${i}]`).join('')}`);
    frames.forEach(({ picture }, i) => chains.push(`[middle${i}]${picture.filters}[frames${i}]`));
  }
  if (span) chains.push(`[forSums]${sumsFilter(span)}[sums]`);
  return chains.join(';');
}
