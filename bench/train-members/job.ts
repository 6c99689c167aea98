import { intervals } from '../../models/train/tasks/intervals.js';
import { longRangeRecall } from '../../models/train/tasks/long-range-recall.js';
import type { SequenceTask } from '../../models/train/tasks/task.js';
import type { Device } from '../../models/runtime/devices.js';

/** One member on one task, in a process of its own: only one thread of a process may ever own a GPU. */
export interface Job {
  readonly member: string;
  readonly task: 'recall' | 'intervals';
  /** Distance to remember over, or segments of the longest sequence. */
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
  /** The task's metric on its validation batches after the last step. */
  readonly score: number;
  readonly parameters: number;
  /** Median of the steps after the first ten; null where there were no more. */
  readonly stepMs: number | null;
  readonly loss: number;
  readonly wallTimeSec: number;
  /** Score at every evaluation. */
  readonly history: readonly { readonly step: number; readonly score: number }[];
}

export function taskOf({ task, length, batch }: Job): SequenceTask {
  return task === 'recall' ? longRangeRecall(length, batch) : intervals(length, batch);
}
