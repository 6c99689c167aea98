import type { Resource } from '../pipeline/stage.js';

/** A reference to one video of a run: small and JSON, so that it fits any queue. Everything else is found from it. */
export interface Job {
  readonly id: string;
  /** Absolute path of the file. */
  readonly input: string;
  /** The video's folder, relative to the output folder. */
  readonly output: string;
}

/** One piece of a job's work: a stage of a video. */
export interface Step {
  readonly name: string;
  readonly resource: Resource;
  /** Names of the steps of this plan that must be finished before. */
  readonly after: readonly string[];
}

/**
 * The work an engine orders and places without knowing what it is. Every call is harmless to repeat: a step whose
 * artefact exists returns at once.
 */
export interface Work {
  /** The steps still to be done, each after those it needs; none when only `finish` is left. */
  plan(job: Job, signal: AbortSignal): Promise<readonly Step[]>;
  execute(job: Job, step: Step, control: StepControl): Promise<void>;
  /** All steps are done, or one failed for good: publish, or clean up after the error. */
  finish(job: Job, error: unknown, signal: AbortSignal): Promise<void>;
}

export interface StepControl {
  readonly signal: AbortSignal;
  /** 0 to 1. */
  progress(fraction: number): void;
}

export type EngineEvent =
  | { readonly type: 'started'; readonly job: Job; readonly steps: readonly string[] }
  | { readonly type: 'progress'; readonly job: Job; readonly step: string; readonly fraction: number }
  | { readonly type: 'step-done'; readonly job: Job; readonly step: string; readonly wallMs: number }
  | { readonly type: 'done'; readonly job: Job }
  | { readonly type: 'failed'; readonly job: Job; readonly error: unknown };

/** Decides when and where the steps of each job run. */
export interface Engine {
  /** Resolves when there is room for another job: wait for it, and memory and disk stay bounded. */
  submit(job: Job): Promise<void>;
  /** Every event of every job from now on; ends with `close`. */
  events(): AsyncIterable<EngineEvent>;
  /** Stops all work as soon as it can be stopped; each unfinished job fails with EARSIGHT_CANCELLED. */
  cancel(): void;
  /** Resolves when every submitted job is done or failed. */
  drain(): Promise<void>;
  close(): Promise<void>;
}
