import type { LoadedPacks } from '../models/packs/loaded-packs.js';
import type { Stage } from '../core/stage.js';

/** What a stage can request from the process it runs in. */
export interface StageServices {
  /**
   * Returns the networks of the run, or null when the run has no pack: a stage then does what needs no weights. Loading
   * is lazy, so a run whose artefacts all exist loads nothing.
   */
  packs(): Promise<LoadedPacks | null>;
  /** For files that are expensive to make and can be made again, shared by all videos. They may vanish at any time. */
  readonly cacheFolder: string;
}

/** Returns `stage` unchanged. TypeScript infers the types of its context from its `params` schema and its `inputs`. */
export function defineStage<Params, const Inputs extends string>(
  stage: Stage<Params, StageServices, Inputs>,
): Stage<Params, StageServices, Inputs> {
  return stage;
}
