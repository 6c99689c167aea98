import type { LazyPacks } from './lazy-packs.js';

/**
 * Number of packs that stay loaded while they are idle. Loading takes seconds, so runs that alternate should keep their
 * packs; but every thread holds each network in memory, so a process that lives for months must not keep them all.
 */
const MAX_IDLE = 3;

type Closable = Pick<LazyPacks, 'close'>;

/** Unloads the least recently used packs. They are loaded again when they are needed again. */
export class RecentPacks {
  /** Current number of users of each pack, in order of last use. */
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
      // Computed again for each pack: while one is being closed, another may come into use.
      const idle = [...this.users].filter(([, users]) => users === 0).map(([packs]) => packs);
      const [oldest] = idle;
      if (oldest === undefined || idle.length <= MAX_IDLE) return;
      this.users.delete(oldest);
      await oldest.close();
    }
  }
}
