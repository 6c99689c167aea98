/** One packet as its demuxer gives it, in seconds of the container's clock. */
export interface SurveyedPacket {
  readonly stream: number;
  /** Decoding time; where the container has none, presentation time. */
  readonly clockSec: number;
  readonly presentationSec: number;
  readonly durationSec: number;
}

/** A place where the container's clock jumped although picture and sound continue. Times are the player's. */
export interface ClockBreak {
  readonly atSec: number;
  /** By how much the clock jumped; negative when it went back. */
  readonly jumpSec: number;
}

export interface Gap {
  readonly startSec: number;
  readonly endSec: number;
}

export interface ClockReport {
  readonly breaks: readonly ClockBreak[];
  /** Stretches without sound that are longer than LONG_GAP_SEC, on the player's timeline. */
  readonly soundGaps: readonly Gap[];
  /** Stretches without a new picture, likewise. */
  readonly pictureGaps: readonly Gap[];
  /** The longest stretch without any packet of a chosen track; null when none is longer than LONG_GAP_SEC. */
  readonly longestGap: Gap | null;
  /** From the first to the end of the last packet, with breaks closed up. */
  readonly durationSec: number;
  /**
   * For each stream what to add to the container's clock in its first, second, … piece to get the player's time. The pieces
   * of a stream are separated by jumps of BACK_SEC or FORWARD_SEC. Null when ffmpeg's own clock is right.
   */
  readonly offsetsSec: ReadonlyMap<number, readonly number[]> | null;
}

/** The clock of one stream never steps back in decoding order; half a second is more than any muxer's disorder. */
export const BACK_SEC = 0.5;
/** A clock of a broadcast that jumps by more than this was set anew: ffmpeg's `dts_delta_threshold`. */
export const FORWARD_SEC = 10;
/** Shorter gaps are filled with silence by ffmpeg, which holds them in memory as a whole. */
export const LONG_GAP_SEC = 10;
/** Jumps of two streams within this much of each other are the same jump. */
const SAME_JUMP_SEC = 1;
/** A jump that is taken back after no more packets than this is a damaged time stamp and no new clock. */
const STRAY_PACKETS = 3;

interface Jump {
  readonly packet: number;
  readonly order: number;
  readonly fromSec: number;
  readonly toSec: number;
}

interface StreamClock {
  packets: number;
  firstSec: number;
  lastSec: number;
  /** End of the last packet. */
  endSec: number;
  /** Presentation times of the current piece. */
  jumps: Jump[];
  /** Ends (presentation) of the pieces, in the container's clock. */
  pieceEndsSec: number[];
}

/**
 * Follows the clocks of the chosen streams through all packets of a file and finds where they jump. Memory grows with the
 * number of jumps alone.
 */
export class ClockSurvey {
  private readonly streams = new Map<number, StreamClock>();
  private order = 0;

  /**
   * @param sound the stream whose gaps are to be listed; null without sound
   * @param resets whether this container's clock may be set anew in mid-file, as in broadcasts. In other containers a jump
   *   ahead is a gap.
   * @param wrapSec when this container's clock wraps. libavformat adds this to the times of a clock that went back far.
   */
  constructor(
    chosen: readonly number[],
    private readonly sound: number | null,
    private readonly resets: boolean,
    private readonly wrapSec = Infinity,
  ) {
    for (const index of chosen)
      this.streams.set(index, { packets: 0, firstSec: 0, lastSec: 0, endSec: 0, jumps: [], pieceEndsSec: [] });
  }

  add({ stream, clockSec, presentationSec, durationSec }: SurveyedPacket): void {
    const clock = this.streams.get(stream);
    this.order += 1;
    if (!clock || !Number.isFinite(clockSec)) return;
    const end = presentationSec + durationSec;
    if (clock.packets === 0) clock.firstSec = presentationSec;
    else if (isJump(clock.lastSec, clockSec)) {
      clock.jumps.push({ packet: clock.packets, order: this.order, fromSec: clock.endSec, toSec: clockSec });
      clock.pieceEndsSec.push(clock.endSec);
      clock.endSec = end;
    }
    clock.packets += 1;
    clock.lastSec = clockSec;
    clock.endSec = clock.packets === 1 ? end : Math.max(clock.endSec, end);
  }

  report(): ClockReport {
    const clocks = [...this.streams].filter(([, { packets }]) => packets > 0);
    for (const [, clock] of clocks) dropStrayJumps(clock);
    const originSec = Math.min(...clocks.map(([, { firstSec }]) => firstSec));
    const offsets = new Map(clocks.map(([index]) => [index, [-originSec]]));
    const breaks: ClockBreak[] = [];
    const gaps: (Gap & { stream: number })[] = [];
    const waiting = clocks
      .flatMap(([stream, { jumps }]) => jumps.map((jump) => ({ stream, ...jump })))
      .sort((a, b) => a.order - b.order);
    while (waiting.length > 0) {
      const [first] = waiting;
      if (!first) break;
      const together = clocks.flatMap(([index]) => {
        const next = waiting.find(({ stream }) => stream === index);
        return next && isSameJump(first, next) ? [next] : [];
      });
      for (const jump of together) waiting.splice(waiting.indexOf(jump), 1);
      const before = ({ stream, fromSec }: (typeof together)[number]): number =>
        fromSec + (offsets.get(stream)?.at(-1) ?? 0);
      const startSec = Math.max(...together.map(before));
      const ahead = first.toSec - first.fromSec;
      const jumpSec = ahead > this.wrapSec / 2 ? ahead - this.wrapSec : ahead;
      const back = jumpSec < 0;
      if (back || (this.resets && together.length === clocks.length)) {
        const offset = startSec - Math.min(...together.map(({ toSec }) => toSec));
        for (const { stream } of together) offsets.get(stream)?.push(offset);
        breaks.push({ atSec: startSec, jumpSec });
      } else
        for (const jump of together) {
          const offset = offsets.get(jump.stream)?.at(-1) ?? 0;
          offsets.get(jump.stream)?.push(offset);
          gaps.push({ stream: jump.stream, startSec: before(jump), endSec: jump.toSec + offset });
        }
    }
    for (const [stream, { firstSec }] of clocks)
      if (firstSec - originSec > LONG_GAP_SEC) gaps.push({ stream, startSec: 0, endSec: firstSec - originSec });
    gaps.sort((a, b) => a.startSec - b.startSec);
    const soundGaps = gaps.filter(({ stream }) => stream === this.sound).map(withoutStream);
    const longest = gaps.reduce<Gap | null>(
      (found, gap) => (found === null || lengthOf(gap) > lengthOf(found) ? withoutStream(gap) : found),
      null,
    );
    const ends = clocks.map(([index, { endSec }]) => endSec + (offsets.get(index)?.at(-1) ?? 0));
    const irregular = breaks.length > 0 || (this.resets && gaps.length > 0);
    return {
      breaks,
      soundGaps,
      pictureGaps: gaps.filter(({ stream }) => stream !== this.sound).map(withoutStream),
      longestGap: longest,
      durationSec: Math.max(0, ...ends),
      offsetsSec: irregular ? offsets : null,
    };
  }
}

function isJump(lastSec: number, clockSec: number): boolean {
  return clockSec < lastSec - BACK_SEC || clockSec > lastSec + FORWARD_SEC;
}

function isSameJump(a: Jump, b: Jump): boolean {
  return Math.abs(a.toSec - b.toSec) < SAME_JUMP_SEC && Math.abs(a.toSec - a.fromSec - (b.toSec - b.fromSec)) < 2;
}

/** A few packets with another time between two jumps that cancel out are damaged: the clock itself went on. */
function dropStrayJumps(clock: StreamClock): void {
  for (let i = 0; i + 1 < clock.jumps.length;) {
    const [there, back] = clock.jumps.slice(i, i + 2);
    const strays = there && back ? back.packet - there.packet : 0;
    const returns = there && back ? Math.abs(back.toSec - there.fromSec) < SAME_JUMP_SEC : false;
    if (strays <= STRAY_PACKETS && returns) clock.jumps.splice(i, 2);
    else i += 1;
  }
}

function lengthOf({ startSec, endSec }: Gap): number {
  return endSec - startSec;
}

function withoutStream({ startSec, endSec }: Gap): Gap {
  return { startSec, endSec };
}
