import { EarsightError } from '../../core/errors.js';

/** Any number of ordinary passers at once, or one that must be alone. Whoever came first goes first. */
export class ReadWriteLock {
  private inside = 0;
  private aloneInside = false;
  private waiting: { readonly alone: boolean; readonly enter: () => void }[] = [];

  /** @throws EarsightError EARSIGHT_CANCELLED for one that is cancelled before its turn. */
  async pass<Result>(alone: boolean, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    await this.turn(alone, signal);
    try {
      return await work();
    } finally {
      this.inside -= 1;
      this.aloneInside = false;
      this.admit();
    }
  }

  private async turn(alone: boolean, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw new EarsightError('EARSIGHT_CANCELLED');
    let leave = (): void => undefined;
    const turn = new Promise<void>((enter, reject) => {
      const passer = { alone, enter };
      leave = () => {
        this.waiting = this.waiting.filter((other) => other !== passer);
        this.admit();
        reject(new EarsightError('EARSIGHT_CANCELLED'));
      };
      this.waiting.push(passer);
    });
    signal.addEventListener('abort', leave, { once: true });
    this.admit();
    await turn.finally(() => signal.removeEventListener('abort', leave));
  }

  private admit(): void {
    for (;;) {
      const [first] = this.waiting;
      if (first === undefined || this.aloneInside || (first.alone && this.inside > 0)) return;
      this.waiting.shift();
      this.inside += 1;
      this.aloneInside = first.alone;
      first.enter();
    }
  }
}
