import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from '../core/stage.js';
import type { StageGraph } from '../pipeline/work/stage-graph.js';
import type { StageServices } from '../stages/services.js';

const LOOK_AGAIN_MS = 2;

/**
 * Real stages of which one can be caught at work. A stage is caught as soon as something of its result is on disk; one
 * that is quicker than any observer is kept from ending, with all its files written, until it is stopped.
 */
export class HeldStages {
  private first = Number.POSITIVE_INFINITY;
  private seize: () => void = () => undefined;

  /** @param order the stages that may be caught, each before those that need it. */
  constructor(private readonly order: readonly string[]) {}

  /** Resolves when that stage is at work. It and those that come after it do not end any more. */
  catch(stage: string): Promise<void> {
    this.first = this.order.indexOf(stage);
    return new Promise((resolve) => (this.seize = resolve));
  }

  letGo(): void {
    this.first = Number.POSITIVE_INFINITY;
  }

  hold(graph: StageGraph): StageGraph {
    return graph.map((node) => ({ ...node, stage: this.held(node.stage) }));
  }

  private held(stage: Stage<unknown, StageServices>): Stage<unknown, StageServices> {
    return {
      ...stage,
      run: async (context) => {
        const place = this.order.indexOf(stage.name);
        if (place < this.first) {
          await stage.run(context);
          return;
        }
        const over = new AbortController();
        const seen = place === this.first ? this.seizeWhenSeen(context.folder, over.signal) : Promise.resolve();
        try {
          await stage.run(context);
        } finally {
          over.abort();
          await seen;
        }
        // Like a stage that never looks at its signal, it ends as if nothing had happened.
        if (!context.signal.aborted)
          await new Promise((resolve) => context.signal.addEventListener('abort', resolve, { once: true }));
      },
    };
  }

  private async seizeWhenSeen(folder: string, over: AbortSignal): Promise<void> {
    while (!over.aborted && (await bytesIn(folder)) === 0) await sleep(LOOK_AGAIN_MS);
    this.seize();
  }
}

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name)).catch(() => null))?.size));
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
}
