import type { Artefact, Source } from '../stage.js';
import type { Warning } from '../warnings.js';

/**
 * Age after which files and holds of other machines count as abandoned: nothing reports that a job was lost with its
 * queue or that another machine is gone.
 */
export const ABANDONED_AFTER_MS = 14 * 24 * 3600_000;

/** Describes an artefact before it exists. The key is a hash of everything that decides its contents. */
export interface Recipe {
  readonly key: string;
  readonly stage: string;
  readonly scratch: boolean;
}

/** The recipe of a source file that was uploaded to the store. Only the first stages need it, so it is scratch. */
export function inputRecipe({ sha256 }: Pick<Source, 'sha256'>): Recipe {
  return { key: sha256, stage: 'input', scratch: true };
}

/** Fills an empty folder and returns the warnings to keep with it. */
export type Fill = (folder: string) => Promise<readonly Warning[]>;

/**
 * Stores artefacts under the hash of what they are made from. An artefact exists completely or not at all, so any
 * process may be killed at any moment, and several processes may share one store.
 */
export interface Store {
  /** A local folder for files that are expensive to make and can be made again. */
  readonly cacheFolder: string;
  /** Identifies a local file by its content. @throws EarsightError EARSIGHT_INPUT_… when it cannot be read. */
  identify(path: string, signal?: AbortSignal): Promise<Source>;
  /** Returns what `identify` last found at a path, even if the file is gone; null if it never was identified. */
  recall(path: string): Promise<Source | null>;
  forgetSource(path: string): Promise<void>;
  /** Whether the artefact exists. */
  has(recipe: Recipe, signal?: AbortSignal): Promise<boolean>;
  /** Makes the artefact with `fill` unless it exists. When two processes make it at once, one artefact remains. */
  make(recipe: Recipe, fill: Fill, signal?: AbortSignal): Promise<unknown>;
  /** Opens a lease, through which the caller reads artefacts. The caller releases it. */
  borrow(signal?: AbortSignal): Lease;
  /**
   * Keeps a scratch artefact from being dropped until the hold is released. Take the hold before checking whether the
   * artefact exists. A hold outlives a step: any process that works for the same holder may release it.
   * @param holder letters, digits, `-` and `_`.
   */
  hold(key: string, holder: string, signal?: AbortSignal): Promise<void>;
  releaseHold(key: string, holder: string): Promise<void>;
  /** Removes an artefact, so that it is made again. */
  forget(recipe: Recipe): Promise<void>;
  /** Removes a scratch artefact unless it is held. */
  drop(recipe: Recipe): Promise<void>;
  /** Removes every scratch artefact without a hold: those that failed or cancelled videos of earlier runs left. */
  dropIdleScratch(): Promise<void>;
}

/** Gives a step local access to artefacts, which stay on this machine until the lease is released. */
export interface Lease {
  /**
   * Returns an artefact in a local folder. @throws EarsightError EARSIGHT_STORE_CORRUPT when it is missing or damaged.
   */
  artefact(recipe: Recipe): Promise<Artefact>;
  /**
   * Returns a local path of a source file that another machine uploaded to the store.
   * @throws EarsightError EARSIGHT_INPUT_MISSING when it is not in the store.
   */
  input(source: Source): Promise<string>;
  release(): Promise<void>;
}
