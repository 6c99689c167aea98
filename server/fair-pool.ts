/** Limits for work that runs at the same time. */
export interface FairPoolLimits {
  readonly total: number;
  readonly perCaller: number;
  /** Work of one caller with the same peer, such as a host, so that a slow peer leaves places for the caller's other ones. */
  readonly perPeer: number;
}

/** Whose work it is, and the peer that it waits for. */
export interface FairPoolPlace {
  readonly caller: string;
  readonly peer: string;
}

interface Waiting extends FairPoolPlace {
  readonly start: () => void;
}

/**
 * Runs work with a limited number of places. Callers take turns for a place that becomes free, and none gets more than its
 * share, so a caller whose work is slow delays only itself.
 */
export class FairPool {
  /** Waiting work by caller. The caller that was served last is moved to the end of the map. */
  private readonly waiting = new Map<string, Waiting[]>();
  private readonly running = new Map<string, number>();
  private total = 0;

  constructor(private readonly limits: FairPoolLimits) {}

  /** @throws the reason of the signal when it is aborted before the work has started; afterwards the work must watch it. */
  async run<Result>(place: FairPoolPlace, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    await this.enter(place, signal);
    try {
      return await work();
    } finally {
      this.count(place, -1);
      this.startNext();
    }
  }

  private async enter(place: FairPoolPlace, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const queue = this.waiting.get(place.caller) ?? [];
      const leave = () => {
        this.drop(place.caller, entry);
        reject(signal.reason instanceof Error ? signal.reason : new DOMException('aborted', 'AbortError'));
      };
      const start = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const entry: Waiting = { ...place, start };
      queue.push(entry);
      this.waiting.set(place.caller, queue);
      signal.addEventListener('abort', leave, { once: true });
      this.startNext();
    });
  }

  private startNext(): void {
    while (this.total < this.limits.total) {
      const next = this.next();
      if (next === null) return;
      this.drop(next.caller, next);
      const rest = this.waiting.get(next.caller);
      if (rest !== undefined) {
        this.waiting.delete(next.caller);
        this.waiting.set(next.caller, rest);
      }
      this.count(next, 1);
      next.start();
    }
  }

  private next(): Waiting | null {
    for (const [caller, queue] of this.waiting) {
      if ((this.running.get(callerKey(caller)) ?? 0) >= this.limits.perCaller) continue;
      const found = queue.find((entry) => (this.running.get(peerKey(entry)) ?? 0) < this.limits.perPeer);
      if (found !== undefined) return found;
    }
    return null;
  }

  private drop(caller: string, entry: Waiting): void {
    const rest = (this.waiting.get(caller) ?? []).filter((other) => other !== entry);
    if (rest.length === 0) this.waiting.delete(caller);
    else this.waiting.set(caller, rest);
  }

  private count(place: FairPoolPlace, by: 1 | -1): void {
    this.total += by;
    for (const key of [callerKey(place.caller), peerKey(place)]) {
      const count = (this.running.get(key) ?? 0) + by;
      if (count === 0) this.running.delete(key);
      else this.running.set(key, count);
    }
  }
}

function callerKey(caller: string): string {
  return JSON.stringify([caller]);
}

function peerKey({ caller, peer }: FairPoolPlace): string {
  return JSON.stringify([caller, peer]);
}
