import { z } from 'zod';
import { toldWarningSchema } from '../core/schemas/warning.js';

/** The events of a job, as `GET /v1/jobs/{id}/events` sends them. */
export const jobEventSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('queued'), attempt: z.number().int() }),
  z.strictObject({ type: z.literal('fetching'), fraction: z.number().min(0).max(1).nullable() }),
  z.strictObject({ type: z.literal('started'), stages: z.array(z.string()) }),
  z.strictObject({ type: z.literal('progress'), stage: z.string(), fraction: z.number().min(0).max(1) }),
  z.strictObject({ type: z.literal('stage-done'), stage: z.string(), wallMs: z.number() }),
  z.strictObject({ type: z.literal('warning'), stage: z.string(), ...toldWarningSchema.shape }),
  z.strictObject({ type: z.literal('done') }),
  z.strictObject({ type: z.literal('failed'), code: z.string(), message: z.string() }),
  z.strictObject({ type: z.literal('cancelled') }),
]);
export type JobEvent = z.infer<typeof jobEventSchema>;

export interface NumberedEvent {
  /** The value that a client sends back as `Last-Event-ID`. */
  readonly id: string;
  readonly event: JobEvent;
}
