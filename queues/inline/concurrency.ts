import { availableParallelism } from 'node:os';
import type { Resource } from '../../core/stage.js';

export interface Concurrency extends Readonly<Record<Resource, number>> {
  /** Videos processed at once, which bounds the raw frames on disk. */
  readonly videos: number;
}

/**
 * Decoding is three fifths of the work on a video (bench/results.md, "A second of video"), and an ffmpeg process that starts
 * or ends keeps no core busy. Inference steps mostly wait for the inference threads; three of them at once let the threads
 * fill their batches across videos. One video more than can be decoded and inferred at once keeps both supplied with work.
 */
export function defaultConcurrency(cores = availableParallelism()): Concurrency {
  const media = Math.ceil((2 * cores) / 3);
  const inference = 3;
  return { media, inference, light: Math.max(1, Math.floor(cores / 2)), videos: media + inference + 1 };
}
