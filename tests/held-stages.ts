import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from '../core/stage.js';
import type { StageGraph } from '../pipeline/work/stage-graph.js';
import type { StageServices } from '../stages/services.js';

const POLL_MS = 2;

/**
 * Wraps real stages so that a test can act while a chosen stage runs. The stage counts as running as soon as some of its
 * result is on disk. From then on it does not end by itself: if it has already written all its files, it waits until it is
 * aborted.
 */
export class HeldStages {
  private firstHeld = Number.POSITIVE_INFINITY;
  private resolveRunning: () => void = () => undefined;

  /** @param order names of the stages in the order in which they run */
  constructor(private readonly order: readonly string[]) {}

  /** Resolves when the stage runs. From now on, this stage and those after it do not end by themselves. */
  holdFrom(stage: string): Promise<void> {
    this.firstHeld = this.order.indexOf(stage);
    return new Promise((resolve) => (this.resolveRunning = resolve));
  }

  /** Lets all stages end again. */
  release(): void {
    this.firstHeld = Number.POSITIVE_INFINITY;
  }

  /** Returns the graph with its stages wrapped. */
  wrap(graph: StageGraph): StageGraph {
    return graph.map((node) => ({ ...node, stage: this.wrapStage(node.stage) }));
  }

  private wrapStage(stage: Stage<unknown, StageServices>): Stage<unknown, StageServices> {
    return {
      ...stage,
      run: async (context) => {
        const index = this.order.indexOf(stage.name);
        if (index < this.firstHeld) {
          await stage.run(context);
          return;
        }
        const ended = new AbortController();
        const watched =
          index === this.firstHeld ? this.resolveWhenFilesExist(context.folder, ended.signal) : Promise.resolve();
        try {
          await stage.run(context);
        } finally {
          ended.abort();
          await watched;
        }
        // After the abort it ends normally, like a stage that ignores its signal.
        if (!context.signal.aborted)
          await new Promise((resolve) => context.signal.addEventListener('abort', resolve, { once: true }));
      },
    };
  }

  private async resolveWhenFilesExist(folder: string, ended: AbortSignal): Promise<void> {
    while (!ended.aborted && (await bytesIn(folder)) === 0) await sleep(POLL_MS);
    this.resolveRunning();
  }
}

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name)).catch(() => null))?.size));
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
}
