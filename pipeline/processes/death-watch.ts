import { z } from 'zod';
import { toEarsightError } from '../../core/errors.js';
import type { ProcessEnding } from '../../core/processes/process-ended.js';
import type { SupervisedChild } from '../../core/processes/supervised-child.js';
import { recordDeath, type AnnounceStep, type StepInProgress } from '../work/record-death.js';

/** What a worker process reports to its parent, so that the parent knows which videos a death concerns. */
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
export function tellParent(message: WatchedMessage): void {
  process.send?.(message);
}

/** In the child process: reports to the parent what it works on. */
export function announceStepsToParent(): AnnounceStep {
  let count = 0;
  return (what) => {
    const id = count++;
    tellParent({ type: 'begin', id, what });
    return () => tellParent({ type: 'end', id });
  };
}

/** In the parent: knows which videos a child process is working on, and counts its death against them. */
export class DeathWatch {
  /** The child has said that it is up. */
  ready = false;
  private readonly underway = new Map<number, StepInProgress>();

  /** Takes a message of the child. @returns false when the message is about something else. */
  take(message: unknown): boolean {
    const parsed = watchedMessageSchema.safeParse(message);
    if (!parsed.success) return false;
    const { data } = parsed;
    if (data.type === 'ready') this.ready = true;
    else if (data.type === 'begin') this.underway.set(data.id, data.what);
    else this.underway.delete(data.id);
    return true;
  }

  /**
   * Counts the death of the child against the videos it was working on, if the child caused it.
   * @returns whether the child caused it.
   */
  async judge(child: SupervisedChild, ending: ProcessEnding): Promise<boolean> {
    const ownFault = await child.isAtFault(ending);
    if (ownFault)
      await recordDeath([...this.underway.values()], ending, child.lastLines).catch((error: unknown) => {
        // A store that is away for a moment is no reason to stop working.
        process.stderr.write(`that was not recorded: ${toEarsightError(error).message}\n`);
      });
    return ownFault;
  }
}
