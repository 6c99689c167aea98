import type { BatchTimes } from './thread-protocol.js';

/** Told after every batch of a pool, to whoever measures this process. */
export interface FinishedBatch {
  readonly model: string;
  readonly items: number;
  /** Items there was room for. */
  readonly room: number;
  /** `SpeedOfLight.ratio` of its pool by now. */
  readonly lightRatio: number;
  readonly times: BatchTimes;
}

const listeners = new Set<(batch: FinishedBatch) => void>();

export function tellBatch(batch: FinishedBatch): void {
  for (const listener of listeners) listener(batch);
}

/** @returns a function that stops listening */
export function onBatch(listener: (batch: FinishedBatch) => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
