import type { Queues } from './queues.js';

/** Decoding may take two hours by default and may wait in its queue before; after this time something is wrong. */
const STUCK_AFTER_SEC = 6 * 3600;
/** How many waiting videos are checked, oldest first. */
const CHECKED_VIDEOS = 1_000;

/** A video that has waited for its steps for too long. */
export interface StuckVideo {
  readonly id: string;
  readonly waitingSec: number;
  /** Number of steps that the video waits for. With none left, nothing will ever wake it: the video must be retried. */
  readonly pending: number;
}

/** Finds parent jobs that have waited for their children longer than a limit, so that none waits for ever unnoticed. */
export async function findStuckVideos({ videos }: Queues, limitSec = STUCK_AFTER_SEC): Promise<StuckVideo[]> {
  const waiting = await videos.getWaitingChildren(0, CHECKED_VIDEOS - 1);
  const found: StuckVideo[] = [];
  for (const bull of waiting) {
    const waitingSec = (Date.now() - (bull.processedOn ?? bull.timestamp)) / 1000;
    if (waitingSec < limitSec) continue;
    const { unprocessed = 0 } = await bull.getDependenciesCount({ unprocessed: true });
    found.push({ id: bull.id ?? '', waitingSec, pending: unprocessed });
  }
  return found;
}
