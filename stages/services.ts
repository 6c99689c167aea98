import type { LoadedPacks } from '../models/packs/loaded-packs.js';

/** What a stage may ask of the process it runs in. Loading is lazy: a run whose artefacts all exist never calls it. */
export interface StageServices {
  /** Null when the run has no pack: everything that needs no weights still happens. */
  packs(): Promise<LoadedPacks | null>;
  /** For what is dear to make and can be made again, shared by all videos; files in it may vanish at any time. */
  readonly cacheFolder: string;
}
