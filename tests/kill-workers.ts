import { setTimeout as sleep } from 'node:timers/promises';
import { between, randomStream } from '../fixtures/synth/random.js';
import { run, type RunOptions, type RunResult } from '../pipeline/index.js';
import type { WorkerFleet } from './worker-fleet.js';

export interface KillPlan {
  readonly kills: number;
  /** Minimum and maximum of the milliseconds between two kills. */
  readonly between: readonly [number, number];
  readonly seed: number;
}

/** Runs a folder on a fleet and kills workers at random moments until `plan.kills` were killed or the run ends. */
export async function runUnderKills(
  fleet: WorkerFleet,
  options: Pick<RunOptions, 'inputs' | 'out' | 'packs' | 'redis' | 'store'>,
  plan: KillPlan,
): Promise<RunResult> {
  const state = { begun: false, ended: false };
  const running = run({
    ...options,
    onEvent: ({ type }) => {
      if (type === 'started') state.begun = true;
    },
  }).finally(() => (state.ended = true));
  const isKillable = (): boolean => state.begun && !state.ended;
  const random = randomStream(plan.seed);
  const [least, most] = plan.between;
  while (!state.ended && fleet.kills < plan.kills) {
    await sleep(between(random, least, most));
    if (isKillable()) await fleet.killOne(random());
  }
  return await running;
}
