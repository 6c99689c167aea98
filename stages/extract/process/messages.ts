import { z } from 'zod';
import type { ExtractParams } from '../params.js';
import type { Source } from '../../../core/stage.js';

export type ToExtractProcess =
  | {
      readonly type: 'extract';
      readonly id: number;
      readonly source: Source;
      /** Where the source's bytes are on this machine. */
      readonly file: string;
      readonly params: ExtractParams;
      /** The artefact's folder, empty. */
      readonly folder: string;
      /** Its signal was aborted before it was asked for. */
      readonly aborted: boolean;
    }
  | { readonly type: 'abort'; readonly id: number };

/** What comes back is checked: that process decodes strangers' files. */
export const fromExtractProcessSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('done'), id: z.number().int() }),
  z.strictObject({ type: z.literal('failure'), id: z.number().int(), text: z.string() }),
  z.strictObject({ type: z.literal('progress'), id: z.number().int(), fraction: z.number() }),
  z.strictObject({ type: z.literal('warning'), id: z.number().int(), message: z.string() }),
  z.strictObject({ type: z.literal('decode'), frames: z.number() }),
]);
export type FromExtractProcess = z.infer<typeof fromExtractProcessSchema>;
