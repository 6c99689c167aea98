import type { Artefact, Source } from '../stage.js';

/**
 * Nothing tells that a job was lost with its queue, or that another machine is gone: whoever took something this long ago
 * has no use for it any more.
 */
export const LOST_MS = 14 * 24 * 3600_000;

/** What is to be made: the key says everything that goes into it. */
export interface Recipe {
  readonly key: string;
  readonly stage: string;
  readonly scratch: boolean;
}

/** The bytes of a source, in a store that was given them: needed by the first stages alone. */
export function inputRecipe({ sha256 }: Pick<Source, 'sha256'>): Recipe {
  return { key: sha256, stage: 'input', scratch: true };
}

/** Fills an empty folder and returns the warnings to keep with it. */
export type Fill = (folder: string) => Promise<readonly string[]>;

/**
 * Finished work, kept by content. An artefact is there whole or not at all, so any process may be killed at any moment
 * and several may share one store.
 */
export interface Store {
  /** A folder of this machine for what is dear to make and can be made again. */
  readonly cacheFolder: string;
  /** The file by its content; it is on this machine. */
  identify(path: string, signal?: AbortSignal): Promise<Source>;
  /** The file that was identified here, though it may be gone; null if none was. */
  recall(path: string): Promise<Source | null>;
  forgetSource(path: string): Promise<void>;
  /** Whether there is a whole artefact. */
  has(recipe: Recipe, signal?: AbortSignal): Promise<boolean>;
  /** Calls `fill` only when there is no valid artefact. Two processes at once leave one. */
  make(recipe: Recipe, fill: Fill, signal?: AbortSignal): Promise<unknown>;
  borrow(signal?: AbortSignal): Lease;
  /**
   * While held, a scratch artefact is not dropped by anybody. Hold first, look afterwards. A hold outlives a step, and
   * whoever works for the same holder may let go.
   * @param holder letters, digits, `-` and `_`.
   */
  hold(key: string, holder: string, signal?: AbortSignal): Promise<void>;
  releaseHold(key: string, holder: string): Promise<void>;
  /** Removes an artefact that somebody wants made anew. */
  forget(recipe: Recipe): Promise<void>;
  /** Removes a scratch artefact unless somebody holds it. */
  drop(recipe: Recipe): Promise<void>;
  /** Removes every scratch artefact that nobody holds: what failed or cancelled videos of earlier runs left. */
  dropIdleScratch(): Promise<void>;
}

/** What a step reads stays on this machine until it is given back. */
export interface Lease {
  /** @throws EarsightError EARSIGHT_STORE_CORRUPT when it is not there, or damaged. */
  artefact(recipe: Recipe): Promise<Artefact>;
  /** The bytes of a source that another machine gave to the store. @throws EarsightError EARSIGHT_INPUT_MISSING. */
  input(source: Source): Promise<string>;
  release(): Promise<void>;
}
