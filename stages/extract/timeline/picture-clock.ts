import { EarsightError } from '../../../core/errors.js';
import { compareInstants, toSeconds, type Instant } from '../../../core/time.js';
import { readFramecrc, type FramecrcEntry } from '../ffmpeg/framecrc.js';
import { restoredSec, type PictureCut } from './picture-cuts.js';
import type { FrameGrid } from './frame-grid.js';
import type { FloatFileWriter } from '../decode/float-file-writer.js';

/**
 * The frame rate is variable when the longest gap between frames exceeds the shortest by more than this factor. Time
 * stamps in whole milliseconds turn 120 frames per second into gaps of 8 and 9 ms, a ratio of 1.13.
 */
const STEADY_RATIO = 1.25;

/** The shortest and the longest time between two successive frames. */
export interface FrameGaps {
  readonly shortestSec: number;
  readonly longestSec: number;
}

export function isVariableFrameRate(gaps: FrameGaps | null): boolean {
  return gaps !== null && gaps.longestSec > gaps.shortestSec * STEADY_RATIO;
}

/** Less than a tick of any container. */
const SAME_TIME_SEC = 1e-6;
/** Packets remembered: more than any codec reorders, so that the packet of the last decoded frame is among them. */
const RECENT_PACKETS = 512;

/** Reads the times of all decoded frames: writes them to a file, passes them to the grid, and finds where the picture begins and ends. */
export class PictureClock {
  frames = 0;
  startSec = 0;
  private lastSec = 0;
  private last: Instant | null = null;
  private readonly packets: FramecrcEntry[] = [];
  private packetsEndSec = 0;
  private lastGapSec = 0;
  private shortestGapSec = Number.POSITIVE_INFINITY;
  private longestGapSec = 0;
  private readonly seconds = new Float64Array(1);

  constructor(
    private readonly path: string,
    private readonly limitSec: number,
    private readonly grid: Pick<FrameGrid, 'add'>,
    private readonly times: FloatFileWriter<Float64Array>,
    private readonly onTime: (timeSec: number) => void,
    private readonly cuts: readonly PictureCut[] = [],
  ) {}

  get gaps(): FrameGaps | null {
    return this.longestGapSec > 0 ? { shortestSec: this.shortestGapSec, longestSec: this.longestGapSec } : null;
  }

  /**
   * End of the last decoded frame. Its packet says how long it lasts; where the packet does not, the frame is taken to
   * last as long as the gap before it. When only key frames are decoded, the packets alone say when the picture ends.
   */
  endSec(frameMode: 'all' | 'keyframes'): number {
    if (frameMode === 'keyframes' && this.packetsEndSec > this.lastSec) return this.packetsEndSec;
    const { last, lastSec, cuts } = this;
    const isLast = (start: Instant): boolean =>
      cuts.length > 0
        ? Math.abs(toSeconds(start) - lastSec) < SAME_TIME_SEC
        : last !== null && compareInstants(start, last) === 0;
    const packet = this.packets.find(({ start }) => start !== null && isLast(start));
    const durationSec = packet ? toSeconds(packet.duration) : 0;
    const known = durationSec > 0 && this.lastSec + durationSec <= this.limitSec;
    return this.lastSec + (known ? durationSec : this.lastGapSec);
  }

  /** The gap to assume while there is only one frame: the frame duration that the header claims. */
  setNominalGap(gapSec: number): void {
    this.lastGapSec = gapSec;
  }

  readonly consume = readFramecrc((frame) => this.add(frame));

  readonly consumePackets = readFramecrc((packet) => this.addPacket(packet));

  /** @throws EARSIGHT_INPUT_TOO_LARGE when the picture is longer than the limit, whatever the header claims */
  private async add({ start }: FramecrcEntry): Promise<void> {
    const timeSec = start ? restoredSec(toSeconds(start), this.cuts) : this.lastSec;
    assertWithinDuration(this.path, timeSec, this.limitSec);
    if (this.frames === 0) this.startSec = timeSec;
    else this.noteGap(timeSec - this.lastSec);
    this.frames += 1;
    this.lastSec = Math.max(this.lastSec, timeSec);
    this.last = start;
    if (start) this.grid.add(start);
    this.seconds[0] = timeSec;
    await this.times.append(this.seconds);
    this.onTime(timeSec);
  }

  private addPacket(packet: FramecrcEntry): void {
    this.packets.push(packet);
    if (this.packets.length > RECENT_PACKETS) this.packets.shift();
    const endSec = packet.start ? toSeconds(packet.start) + toSeconds(packet.duration) : 0;
    if (endSec <= this.limitSec) this.packetsEndSec = Math.max(this.packetsEndSec, endSec);
  }

  private noteGap(gapSec: number): void {
    if (gapSec <= 0) return;
    this.lastGapSec = gapSec;
    this.shortestGapSec = Math.min(this.shortestGapSec, gapSec);
    this.longestGapSec = Math.max(this.longestGapSec, gapSec);
  }
}

/** @throws EARSIGHT_INPUT_TOO_LARGE when `timeSec` lies past the limit */
export function assertWithinDuration(path: string, timeSec: number, limitSec: number): void {
  if (timeSec > limitSec)
    throw new EarsightError('EARSIGHT_INPUT_TOO_LARGE', { path, limit: `it goes on past ${limitSec} s` });
}
