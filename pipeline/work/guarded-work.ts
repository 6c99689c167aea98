import type { Job, Step, StepControl, Work } from '../../queues/engine.js';
import { ReadWriteLock } from './read-write-lock.js';
import { openDocuments } from './open-store.js';
import { processEndOf } from '../../core/processes/process-ended.js';
import { Quarantine } from './quarantine.js';
import type { MultiRunWork } from './multi-run-work.js';
import { recordDeath, type OnStepStart } from './record-death.js';

/**
 * Quarantines videos that crash worker processes: records each crash, runs the steps of a suspected video alone, and
 * refuses a video after its second crash.
 */
export class GuardedWork implements Work {
  private readonly lock = new ReadWriteLock();
  private readonly quarantines = new Map<string, Promise<Quarantine>>();

  constructor(
    private readonly work: MultiRunWork,
    private readonly onStepStart: OnStepStart,
  ) {}

  async plan(job: Job, signal: AbortSignal): Promise<readonly Step[]> {
    const { sha256 } = await this.work.sourceOf(job, signal);
    await (await this.quarantineOf(job)).admit(sha256, job.input);
    return await this.work.plan(job, signal);
  }

  async execute(job: Job, step: Step, control: StepControl): Promise<void> {
    const { sha256 } = await this.work.sourceOf(job, control.signal);
    const inProgress = { out: job.run.out, input: job.input, sha256, step: step.name };
    // Ends at the latest when `admit` refuses the video.
    for (;;) {
      const { suspect } = await (await this.quarantineOf(job)).admit(sha256, job.input);
      try {
        await this.lock.run(suspect, control.signal, async () => {
          const onStepEnd = this.onStepStart(inProgress);
          try {
            await this.work.execute(job, step, control);
          } finally {
            onStepEnd();
          }
        });
        return;
      } catch (error) {
        const end = processEndOf(error);
        if (end?.ownFault !== true) throw error;
        await recordDeath([inProgress], end.ending, end.stderr);
      }
    }
  }

  async finish(job: Job, error: unknown, signal: AbortSignal): Promise<void> {
    await this.work.finish(job, error, signal);
    if (error !== undefined) return;
    // The video passed every stage, so another video caused the crash that this one was suspected of.
    const { sha256 } = await this.work.sourceOf(job, signal);
    await (await this.quarantineOf(job)).clear(sha256);
  }

  private async quarantineOf({ run: { out } }: Job): Promise<Quarantine> {
    const opened = this.quarantines.get(out) ?? openDocuments(out).then((documents) => new Quarantine(documents));
    this.quarantines.set(out, opened);
    return await opened;
  }
}
