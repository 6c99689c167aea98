import { z } from 'zod';
import { toEarsightError } from '../../core/errors.js';
import type { ProcessEnding } from '../../core/processes/process-ended.js';
import type { SupervisedChild } from '../../core/processes/supervised-child.js';
import { recordDeath, type OnStepStart, type StepInProgress } from '../work/record-death.js';

/** Messages from a worker process to its parent, which tell the parent which videos a death concerns. */
const watchedMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({
    type: z.literal('begin'),
    id: z.number().int(),
    what: z.strictObject({ out: z.string(), input: z.string(), sha256: z.string(), step: z.string() }),
  }),
  z.strictObject({ type: z.literal('end'), id: z.number().int() }),
]);
type WatchedMessage = z.infer<typeof watchedMessageSchema>;

/** In the child process: sends a message to the parent that watches it. */
export function sendToParent(message: WatchedMessage): void {
  process.send?.(message);
}

/** In the child process: sends the start and the end of each step to the parent. */
export function sendStepsToParent(): OnStepStart {
  let count = 0;
  return (what) => {
    const id = count++;
    sendToParent({ type: 'begin', id, what });
    return () => sendToParent({ type: 'end', id });
  };
}

/** In the parent: knows which videos a child process is working on, and records its death for them. */
export class DeathWatch {
  /** Whether the child has reported that it is up. */
  ready = false;
  private readonly inProgress = new Map<number, StepInProgress>();

  /** Handles a message of the child. @returns false when the message is of another kind. */
  handleMessage(message: unknown): boolean {
    const parsed = watchedMessageSchema.safeParse(message);
    if (!parsed.success) return false;
    const { data } = parsed;
    if (data.type === 'ready') this.ready = true;
    else if (data.type === 'begin') this.inProgress.set(data.id, data.what);
    else this.inProgress.delete(data.id);
    return true;
  }

  /**
   * Records the death of the child for the videos that it was working on, if the child caused its own death.
   * @returns whether it did.
   */
  async recordIfAtFault(child: SupervisedChild, ending: ProcessEnding): Promise<boolean> {
    const ownFault = await child.isAtFault(ending);
    if (ownFault)
      await recordDeath([...this.inProgress.values()], ending, child.lastLines).catch((error: unknown) => {
        // A store that is briefly unreachable must not stop the supervisor.
        process.stderr.write(`that was not recorded: ${toEarsightError(error).message}\n`);
      });
    return ownFault;
  }
}
