import { z } from 'zod';
import { warningSchema } from '../../../core/warnings.js';
import type { ExtractParams } from '../params.js';
import type { Source } from '../../../core/stage.js';

export type ToExtractProcess =
  | {
      readonly type: 'extract';
      readonly id: number;
      readonly source: Source;
      /** Local path of the source file. */
      readonly file: string;
      readonly params: ExtractParams;
      /** The empty folder of the artefact. */
      readonly folder: string;
      /** Whether the signal was already aborted when the request was sent. */
      readonly aborted: boolean;
    }
  | { readonly type: 'abort'; readonly id: number };

/** Messages from the extract process are validated, because that process decodes untrusted files. */
export const fromExtractProcessSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('done'), id: z.number().int() }),
  z.strictObject({ type: z.literal('failure'), id: z.number().int(), text: z.string() }),
  z.strictObject({ type: z.literal('progress'), id: z.number().int(), fraction: z.number() }),
  z.strictObject({ type: z.literal('warning'), id: z.number().int(), warning: warningSchema }),
  z.strictObject({ type: z.literal('decode'), frames: z.number() }),
]);
export type FromExtractProcess = z.infer<typeof fromExtractProcessSchema>;
