import type { LazyPacks } from './lazy-packs.js';

/**
 * Packs that stay loaded though nobody uses them. Loading takes seconds, so runs that take turns keep theirs; every pack
 * has its networks once a thread in memory, so a process that lives for months does not keep them all.
 */
const KEPT_IDLE = 3;

type Closable = Pick<LazyPacks, 'close'>;

/** Unloads the packs that nobody has used for longest. Whoever needs them again loads them again. */
export class RecentPacks {
  /** How many use each now; who was used last comes last. */
  private readonly users = new Map<Closable, number>();

  async use<Result>(packs: Closable, work: () => Promise<Result>): Promise<Result> {
    const others = this.users.get(packs) ?? 0;
    this.users.delete(packs);
    this.users.set(packs, others + 1);
    try {
      return await work();
    } finally {
      this.users.set(packs, (this.users.get(packs) ?? 1) - 1);
      await this.unloadIdle();
    }
  }

  private async unloadIdle(): Promise<void> {
    for (;;) {
      // Looked up anew each time: while one is closed another may come to be used.
      const idle = [...this.users].filter(([, users]) => users === 0).map(([packs]) => packs);
      const [oldest] = idle;
      if (oldest === undefined || idle.length <= KEPT_IDLE) return;
      this.users.delete(oldest);
      await oldest.close();
    }
  }
}
