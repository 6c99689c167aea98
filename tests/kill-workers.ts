import { setTimeout as sleep } from 'node:timers/promises';
import { between, randomStream } from '../fixtures/synth/random.js';
import { run, type RunResult } from '../pipeline/index.js';
import type { WorkerFleet } from './worker-fleet.js';

export interface KillPlan {
  readonly kills: number;
  /** Milliseconds between two kills, at least and at most. */
  readonly between: readonly [number, number];
  readonly seed: number;
}

/** Runs a folder through a fleet whose workers are killed at random moments until enough were. */
export async function runUnderKills(
  fleet: WorkerFleet,
  options: { readonly inputs: readonly string[]; readonly out: string; readonly redis: string },
  plan: KillPlan,
): Promise<RunResult> {
  let begun = false;
  let ended = false;
  const running = run({
    ...options,
    offline: true,
    onEvent: ({ type }) => (begun ||= type === 'started'),
  }).finally(() => (ended = true));
  const random = randomStream(plan.seed);
  const [least, most] = plan.between;
  while (!ended && fleet.kills < plan.kills) {
    await sleep(between(random, least, most));
    if (begun && !ended) await fleet.killOne(random());
  }
  return await running;
}
