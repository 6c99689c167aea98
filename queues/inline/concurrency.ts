import { availableParallelism } from 'node:os';
import type { Resource } from '../../pipeline/stage.js';

export interface Concurrency extends Readonly<Record<Resource, number>> {
  /** Videos under way at once: bounds the raw frames on disk. */
  readonly videos: number;
}

/**
 * One ffmpeg keeps about two cores busy. Inference steps mostly wait for the inference threads; three at once let these
 * fill their batches across videos. One video more than can be decoded and inferred at once keeps both fed.
 */
export function defaultConcurrency(cores = availableParallelism()): Concurrency {
  const media = Math.max(1, Math.floor(cores / 2));
  const inference = 3;
  return { media, inference, light: Math.max(1, Math.floor(cores / 2)), videos: media + inference + 1 };
}
