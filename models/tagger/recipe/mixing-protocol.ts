import type { Examples } from './examples.js';
import type { Recording } from './collection.js';

export interface MixingSetup {
  readonly recordings: readonly Recording[];
  readonly samples: SharedArrayBuffer;
  /** Folder of the teacher's pack. */
  readonly pack: string;
  /** The teacher's logit from which each class counts as present. */
  readonly presentFrom: readonly number[];
  readonly seed: number;
}

/** A range of mixtures: from `first` to `first + count - 1`. */
export interface MixingJob {
  readonly first: number;
  readonly count: number;
}

export type MixingAnswer =
  | { readonly type: 'mixed'; readonly id: number; readonly examples: Examples }
  | { readonly type: 'failed'; readonly id: number; readonly reason: string };
