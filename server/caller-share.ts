import { EarsightError } from '../core/errors.js';
import { LOCAL_CALLER, type Caller } from './caller.js';

/** Counts what callers hold open at the same time, and refuses more than a share of it to each. */
export class CallerShare {
  private readonly held = new Map<string, number>();
  private total = 0;

  /** @param what plural, for messages */
  constructor(
    private readonly what: string,
    private readonly limits: { readonly total: number; readonly perCaller: number },
  ) {}

  /**
   * Takes one place. The caller of a server without keys is alone, so its share is everything.
   * @returns a function that gives the place back; only its first call counts
   * @throws EarsightError EARSIGHT_SHARE when the caller has its share, EARSIGHT_SERVER_BUSY when nothing is left.
   */
  take(caller: Caller): () => void {
    const { total, perCaller } = this.limits;
    const own = this.held.get(caller.id) ?? 0;
    if (caller !== LOCAL_CALLER && own >= perCaller)
      throw new EarsightError('EARSIGHT_SHARE', { limit: perCaller, what: this.what });
    if (this.total >= total)
      throw new EarsightError('EARSIGHT_SERVER_BUSY', { reason: `${total} ${this.what} are open` });
    this.count(caller.id, 1);
    let isHeld = true;
    return () => {
      if (isHeld) this.count(caller.id, -1);
      isHeld = false;
    };
  }

  private count(id: string, by: 1 | -1): void {
    this.total += by;
    const own = (this.held.get(id) ?? 0) + by;
    if (own === 0) this.held.delete(id);
    else this.held.set(id, own);
  }
}
