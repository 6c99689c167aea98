import { z } from 'zod';

/** A warning as users read it. */
export const toldWarningSchema = z.strictObject({
  code: z.string().describe('A code of docs/errors.md that begins with `EARSIGHT_WARN_`.'),
  message: z.string().describe('What was noticed, in words.'),
  startSec: z.number().exactOptional().describe('Where it begins, in seconds; absent when it concerns the whole file.'),
  endSec: z.number().exactOptional().describe('Where it ends, in seconds; absent when it concerns a moment.'),
  advice: z.string().describe('What can be done about it.'),
});
export type ToldWarning = z.infer<typeof toldWarningSchema>;
