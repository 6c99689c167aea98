import type { Resource } from '../core/stage.js';
import type { Warning } from '../core/warnings.js';

/**
 * The run that a job belongs to. A process that has only a job finds everything else through this reference: the folder of
 * the run, and the settings, which are stored there under their hash.
 */
export interface RunReference {
  /** The output folder: an absolute path, the same on every machine of a fleet, or the `s3://` store of a fleet without one. */
  readonly out: string;
  /** Name of the run document in that folder. */
  readonly settings: string;
}

/** A reference to one video of a run. It is small and JSON, so that it fits any queue and any process can process it. */
export interface Job {
  /** Letters, digits, `-` and `_`, not only digits. A job that is submitted twice with the same id is processed once. */
  readonly id: string;
  /** Absolute path of the file: on every machine, or only on the submitter's machine when `content` is set. */
  readonly input: string;
  /** Identity of the file's content, by which workers find the file in the store. */
  readonly content?: { readonly sha256: string; readonly bytes: number };
  /** The video's folder, relative to the output folder. */
  readonly output: string;
  readonly run: RunReference;
}

/** One unit of a job's work: a stage of a video. */
export interface Step {
  readonly name: string;
  readonly resource: Resource;
  /** Names of the steps of this plan that must be finished before this one. */
  readonly after: readonly string[];
  /** SHA-256 of the file that the step was planned for, so that a step notices when another file is there by then. */
  readonly content?: string;
}

/**
 * The work that an engine schedules without knowing what it does. Each call depends only on its arguments, so the steps of a
 * job may run in different processes. Each call is idempotent: a step whose artefact exists returns at once.
 */
export interface Work {
  /** Returns the steps still to be done, each after the steps it needs; an empty list when only `finish` is left. */
  plan(job: Job, signal: AbortSignal): Promise<readonly Step[]>;
  execute(job: Job, step: Step, control: StepControl): Promise<void>;
  /** Called when all steps are done, or one has finally failed: publishes the results, or cleans up after the error. */
  finish(job: Job, error: unknown, signal: AbortSignal): Promise<void>;
}

export interface StepControl {
  readonly signal: AbortSignal;
  /** @param fraction 0 to 1 */
  progress(fraction: number): void;
  warn(warning: Warning): void;
}

export type EngineEvent =
  | { readonly type: 'started'; readonly job: Job; readonly steps: readonly string[] }
  | { readonly type: 'progress'; readonly job: Job; readonly step: string; readonly fraction: number }
  | { readonly type: 'warning'; readonly job: Job; readonly step: string; readonly warning: Warning }
  | { readonly type: 'step-done'; readonly job: Job; readonly step: string; readonly wallMs: number }
  | { readonly type: 'done'; readonly job: Job }
  | { readonly type: 'failed'; readonly job: Job; readonly error: unknown };

/** Schedules jobs: decides when and where the steps of each job run. */
export interface Engine {
  /** Resolves when the job is accepted and there is room for another. Callers that wait for it keep memory and disk bounded. */
  submit(job: Job): Promise<void>;
  /**
   * Like `submit`, but fails at once when there is no room.
   * @throws EarsightError EARSIGHT_QUEUE_FULL; the job was not accepted.
   */
  offer(job: Job): Promise<void>;
  /** Returns why jobs cannot be accepted, or would not be safe, at present; null when the engine is healthy. */
  checkHealth(): Promise<string | null>;
  /** All events of all jobs from now on; ends with `close`. */
  events(): AsyncIterable<EngineEvent>;
  /**
   * Cancels one job, or all jobs of this engine, as soon as possible; each unfinished one fails with EARSIGHT_CANCELLED. An
   * id that is unknown or finished is ignored.
   */
  cancel(id?: string): void;
  /** Resolves when every submitted job is done or failed. */
  drain(): Promise<void>;
  close(): Promise<void>;
}
