import type { Device } from './devices.js';
import type { BlockShape, ModelReport, ModelSpec, Result } from './model-spec.js';

/** What an inference thread is started with. */
export interface ThreadSetup {
  readonly device: Device;
  readonly intraOpThreads: number;
}

/** Buffers are transferred both ways: those of a batch come back with its results, to be filled again. */
export type ToThread =
  | { readonly type: 'load'; readonly model: number; readonly spec: ModelSpec }
  | {
      readonly type: 'run';
      readonly model: number;
      readonly count: number;
      readonly blocks: readonly (BlockShape & { readonly buffer: ArrayBuffer })[];
    }
  | { readonly type: 'unload'; readonly model: number };

export interface BatchTimes {
  readonly prepareMs: number;
  /** The time inside `session.run` alone. */
  readonly runMs: number;
  readonly finishMs: number;
}

export interface BatchDone {
  readonly type: 'done';
  readonly id: number;
  readonly results: readonly Result[];
  readonly times: BatchTimes;
  readonly buffers: readonly ArrayBuffer[];
}

/** `loaded` answers `load`, and `done` answers `run`; `failed` answers either. */
export type FromThread =
  | { readonly type: 'loaded'; readonly id: number; readonly report: ModelReport }
  | BatchDone
  | {
      readonly type: 'failed';
      readonly id: number;
      readonly reason: string;
      readonly buffers: readonly ArrayBuffer[];
    };
