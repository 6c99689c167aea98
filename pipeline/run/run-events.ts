import type { IndexRow } from '../../core/schemas/run.js';
import type { ToldWarning } from '../../core/schemas/warning.js';
import type { PullEvent } from '../work/choose-packs.js';

/** An event of a run in progress. */
export type RunEvent =
  | { readonly type: 'inputs'; readonly count: number }
  | {
      readonly type: 'packs';
      readonly names: readonly string[];
      readonly advice: string | null;
      /** Networks that were left out, and why. */
      readonly warnings: readonly { readonly code: string; readonly message: string }[];
    }
  /** The labels that no network has a class for, and the length of the whole list. */
  | { readonly type: 'unknown-labels'; readonly names: readonly string[]; readonly of: number }
  | PullEvent
  | { readonly type: 'device'; readonly device: string }
  /** No worker takes jobs from this queue of the fleet. */
  | { readonly type: 'no-workers'; readonly queue: string }
  | { readonly type: 'started'; readonly input: string; readonly stages: readonly string[] }
  | { readonly type: 'progress'; readonly input: string; readonly stage: string; readonly fraction: number }
  | { readonly type: 'stage-done'; readonly input: string; readonly stage: string; readonly wallMs: number }
  | ({ readonly type: 'warning'; readonly input: string } & ToldWarning)
  | { readonly type: 'settled'; readonly row: IndexRow };
