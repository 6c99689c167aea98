import { intervals } from '../../models/train/tasks/intervals.js';
import { longRangeRecall } from '../../models/train/tasks/long-range-recall.js';
import type { SequenceTask } from '../../models/train/tasks/task.js';
import type { Device } from '../../models/runtime/devices.js';

/**
 * Training of one mixer on one task, in a separate process, because only one thread of a process may ever use a GPU.
 */
export interface Job {
  readonly member: string;
  readonly task: 'recall' | 'intervals';
  /** Recall: the distance over which to remember. Intervals: the number of segments of the longest sequence. */
  readonly length: number;
  readonly batch: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly steps: number;
  readonly learningRate: number;
  readonly seed: number;
  readonly device: Device;
}

export interface JobResult {
  /** The task's metric on its validation batches after the last training step. */
  readonly score: number;
  readonly parameters: number;
  /** Median time of the steps after the first ten; null if there are no more than ten. */
  readonly stepMs: number | null;
  readonly loss: number;
  readonly wallTimeSec: number;
  /** The score at every evaluation. */
  readonly history: readonly { readonly step: number; readonly score: number }[];
}

export function taskOf({ task, length, batch }: Job): SequenceTask {
  return task === 'recall' ? longRangeRecall(length, batch) : intervals(length, batch);
}
