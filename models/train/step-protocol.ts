import type { WithId } from '../../core/processes/thread-client.js';
import type { Device } from '../runtime/devices.js';
import type { Batch } from './data.js';
import type { State } from './step-models.js';

/** The `workerData` of a training thread. */
export interface StepSetup {
  readonly device: Device;
  readonly intraOpThreads: number;
  readonly step: Uint8Array;
  /** The model that puts `resident` on the device. */
  readonly place: Uint8Array | undefined;
  readonly resident: Batch;
  readonly evaluate: Uint8Array;
  readonly read: Uint8Array;
  readonly stateNames: readonly string[];
  readonly state: State;
}

/** `open` is answered once the sessions are open. */
export type StepRequest =
  | { readonly type: 'open' }
  | { readonly type: 'step'; readonly batch: Batch; readonly schedule: Float32Array }
  | { readonly type: 'evaluate'; readonly batch: Batch }
  | { readonly type: 'read' }
  | { readonly type: 'write'; readonly state: State };

/** Answer to one request; `scalars` has the outputs of one element by name. */
export type StepAnswer =
  | { readonly type: 'ready' }
  | { readonly type: 'scalars'; readonly scalars: Readonly<Record<string, number>> }
  | { readonly type: 'state'; readonly state: State }
  | { readonly type: 'failed'; readonly reason: string };

export type FromStepThread = WithId<StepAnswer>;
