import type { Queues } from './queues.js';

/** Decoding may take two hours by default, and may wait in its queue before: after this something is wrong. */
export const STUCK_AFTER_SEC = 6 * 3600;
/** Looked at, oldest first; more are counted by the queue itself. */
const LOOKED_AT = 1_000;

/** A video that waits for steps for longer than it should. */
export interface StuckVideo {
  readonly id: string;
  readonly waitingSec: number;
  /** Steps that it waits for and that are still there; none means that it was stranded. */
  readonly pending: number;
}

/** Parents waiting longer than a limit: nothing may wait for ever unseen. */
export async function findStuckVideos({ videos }: Queues, limitSec = STUCK_AFTER_SEC): Promise<StuckVideo[]> {
  const waiting = await videos.getWaitingChildren(0, LOOKED_AT - 1);
  const found: StuckVideo[] = [];
  for (const bull of waiting) {
    const waitingSec = (Date.now() - (bull.processedOn ?? bull.timestamp)) / 1000;
    if (waitingSec < limitSec) continue;
    const { unprocessed = 0 } = await bull.getDependenciesCount({ unprocessed: true });
    found.push({ id: bull.id ?? '', waitingSec, pending: unprocessed });
  }
  return found;
}
