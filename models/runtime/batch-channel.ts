import type { BatchTimes } from './thread-protocol.js';

/** Reported after every batch of a pool, to the metrics of this process. */
export interface FinishedBatch {
  readonly model: string;
  readonly items: number;
  /** Capacity of the batch, in items. */
  readonly room: number;
  /** `SpeedOfLight.ratio` of the pool so far. */
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
