import type { Device } from './devices.js';
import type { BlockShape, ModelReport, ModelSpec, Result } from './model-spec.js';

/** What an inference thread is started with. */
export interface ThreadSetup {
  readonly device: Device;
  readonly intraOpThreads: number;
  /** Shared: 1 once the thread shall begin nothing more. */
  readonly ending: Int32Array;
}

/** Buffers are transferred both ways: the batch's buffer comes back with its result, to be filled again. */
export type ToThread =
  | { readonly type: 'load'; readonly model: number; readonly spec: ModelSpec }
  | {
      readonly type: 'run';
      readonly batch: number;
      readonly model: number;
      readonly count: number;
      readonly blocks: readonly (BlockShape & { readonly buffer: ArrayBuffer })[];
    }
  | { readonly type: 'unload'; readonly model: number }
  | { readonly type: 'end' };

export interface BatchTimes {
  readonly prepareMs: number;
  /** Inside `session.run` alone. */
  readonly runMs: number;
  readonly finishMs: number;
}

export type FromThread =
  | { readonly type: 'loaded'; readonly model: number; readonly report: ModelReport }
  | { readonly type: 'load-failed'; readonly model: number; readonly reason: string }
  | {
      readonly type: 'done';
      readonly batch: number;
      readonly results: readonly Result[];
      readonly times: BatchTimes;
      readonly buffers: readonly ArrayBuffer[];
    }
  | {
      readonly type: 'failed';
      readonly batch: number;
      readonly reason: string;
      readonly buffers: readonly ArrayBuffer[];
    };
