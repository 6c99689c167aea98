import { z } from 'zod';

/** The fields of a time span on the video's timeline (docs/decisions/0003-timeline.md). */
export const spanShape = {
  startSec: z.number().nonnegative().describe('Where it begins, in seconds; 0 is what a player shows as 0:00.'),
  endSec: z.number().nonnegative().describe('Where it ends, in seconds; this moment is the first that is not in it.'),
};
