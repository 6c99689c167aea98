import { z } from 'zod';
import { warningSchema } from '../../core/warnings.js';
import type { Job, Step } from '../../queues/engine.js';

/** One call of the `Work` port, as it is sent to the work process. */
export type WorkCall =
  | { readonly name: 'plan'; readonly job: Job }
  | { readonly name: 'execute'; readonly job: Job; readonly step: Step }
  /** `failure`: the error as text; null when every step is done. */
  | { readonly name: 'finish'; readonly job: Job; readonly failure: string | null };

export type ToWorkProcess =
  /** `aborted`: the signal of the call had aborted before the call was sent. */
  | { readonly type: 'call'; readonly id: number; readonly call: WorkCall; readonly aborted: boolean }
  | { readonly type: 'abort'; readonly id: number }
  /** No call is pending and no further call will follow. */
  | { readonly type: 'close' };

const stepSchema = z.strictObject({
  name: z.string(),
  resource: z.enum(['media', 'inference', 'light']),
  after: z.array(z.string()),
  content: z.string().exactOptional(),
});

/** Answers are validated, because the work process decodes untrusted files and may be compromised by one. */
export const fromWorkProcessSchema = z.discriminatedUnion('type', [
  /** `steps`: the result of `plan`; empty for other calls. */
  z.strictObject({ type: z.literal('answer'), id: z.number().int(), steps: z.array(stepSchema) }),
  z.strictObject({ type: z.literal('failure'), id: z.number().int(), text: z.string() }),
  z.strictObject({ type: z.literal('progress'), id: z.number().int(), fraction: z.number() }),
  z.strictObject({ type: z.literal('warning'), id: z.number().int(), warning: warningSchema }),
  z.strictObject({ type: z.literal('device'), device: z.string() }),
  z.strictObject({ type: z.literal('decode'), frames: z.number() }),
  z.strictObject({
    type: z.literal('batch'),
    model: z.string(),
    items: z.number(),
    room: z.number(),
    lightRatio: z.number(),
    times: z.strictObject({ prepareMs: z.number(), runMs: z.number(), finishMs: z.number() }),
  }),
]);
export type FromWorkProcess = z.infer<typeof fromWorkProcessSchema>;
