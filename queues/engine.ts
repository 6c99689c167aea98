import type { Resource } from '../core/stage.js';

/**
 * Which run a job belongs to. A process that holds nothing but a job finds everything else from this: where the work
 * lies, and the settings, which lie there under their hash.
 */
export interface RunReference {
  /** The output folder, absolute and the same on every machine of a fleet; or the `s3://` store of one that shares none. */
  readonly out: string;
  /** Name of the run document in it. */
  readonly settings: string;
}

/** A reference to one video of a run: small and JSON, so that it fits any queue and any process can work on it. */
export interface Job {
  /** Letters, digits, `-` and `_`, not digits alone. One id, one job: submitted twice it is worked on once. */
  readonly id: string;
  /** Absolute path of the file, on every machine or, where there is `content`, on that of the submitter. */
  readonly input: string;
  /** What the file holds, for workers that find it in the store by that. */
  readonly content?: { readonly sha256: string; readonly bytes: number };
  /** The video's folder, relative to the output folder. */
  readonly output: string;
  readonly run: RunReference;
}

/** One piece of a job's work: a stage of a video. */
export interface Step {
  readonly name: string;
  readonly resource: Resource;
  /** Names of the steps of this plan that must be finished before. */
  readonly after: readonly string[];
}

/**
 * The work an engine orders and places without knowing what it is. Each call needs nothing but its arguments, so the
 * steps of a job may run in different processes, and is harmless to repeat: a step whose artefact exists returns at
 * once.
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
  warn(message: string): void;
}

export type EngineEvent =
  | { readonly type: 'started'; readonly job: Job; readonly steps: readonly string[] }
  | { readonly type: 'progress'; readonly job: Job; readonly step: string; readonly fraction: number }
  | { readonly type: 'warning'; readonly job: Job; readonly step: string; readonly message: string }
  | { readonly type: 'step-done'; readonly job: Job; readonly step: string; readonly wallMs: number }
  | { readonly type: 'done'; readonly job: Job }
  | { readonly type: 'failed'; readonly job: Job; readonly error: unknown };

/** Decides when and where the steps of each job run. */
export interface Engine {
  /** Resolves when the job is taken and there is room for another: wait for it, and memory and disk stay bounded. */
  submit(job: Job): Promise<void>;
  /**
   * The same without waiting, for callers who would rather be sent away.
   * @throws EarsightError EARSIGHT_QUEUE_FULL; the job was not taken.
   */
  offer(job: Job): Promise<void>;
  /** Why jobs cannot be taken or would not be safe at present; null when all is well. */
  checkHealth(): Promise<string | null>;
  /** Every event of every job from now on; ends with `close`. */
  events(): AsyncIterable<EngineEvent>;
  /**
   * Stops a job, or all of this engine's, as soon as it can be stopped; each that is unfinished fails with
   * EARSIGHT_CANCELLED. An id that is unknown or finished is passed by.
   */
  cancel(id?: string): void;
  /** Resolves when every submitted job is done or failed. */
  drain(): Promise<void>;
  close(): Promise<void>;
}
