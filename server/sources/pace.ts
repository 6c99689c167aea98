import { EarsightError } from '../../core/errors.js';
import { MIN_BYTES_PER_SEC, RATE_WINDOW_SEC, STALL_SEC } from '../limits.js';

export interface PaceLimits {
  /** A peer that sends nothing for this long is given up. */
  readonly stallSec?: number;
  /** The minimum rate is a mean over this time. */
  readonly windowSec?: number;
}

/** Watches how fast a peer sends, so that one that sends nothing, or a byte from time to time, does not hold a place. */
export class Pace {
  private readonly aborting = new AbortController();
  private stall: NodeJS.Timeout | null = null;
  private rate: NodeJS.Timeout | null = null;
  private bytesInWindow = 0;

  constructor(private readonly limits: PaceLimits) {
    this.start();
  }

  /** Aborted with EARSIGHT_REQUEST_TIMEOUT when the peer is too slow. */
  get signal(): AbortSignal {
    return this.aborting.signal;
  }

  /** Begins, or begins again after `stop`. */
  start(): void {
    this.stop();
    const { stallSec = STALL_SEC, windowSec = RATE_WINDOW_SEC } = this.limits;
    const giveUp = (limitSec: number) =>
      this.aborting.abort(new EarsightError('EARSIGHT_REQUEST_TIMEOUT', { limitSec }));
    this.bytesInWindow = 0;
    this.stall = setTimeout(() => giveUp(stallSec), stallSec * 1000).unref();
    this.rate = setInterval(() => {
      if (this.bytesInWindow < MIN_BYTES_PER_SEC * windowSec) giveUp(windowSec);
      this.bytesInWindow = 0;
    }, windowSec * 1000).unref();
  }

  received(bytes: number): void {
    this.bytesInWindow += bytes;
    this.stall?.refresh();
  }

  /** Stops watching, for a time in which the peer is not what is waited for. */
  stop(): void {
    if (this.stall !== null) clearTimeout(this.stall);
    if (this.rate !== null) clearInterval(this.rate);
    this.stall = null;
    this.rate = null;
  }
}
