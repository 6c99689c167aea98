import type { Job, Step, StepControl, Work } from '../../queues/engine.js';
import { ReadWriteLock } from './read-write-lock.js';
import { recordDeath } from './record-death.js';
import { openDocuments } from './open-store.js';
import { processEndOf } from '../../core/processes/process-ended.js';
import { Quarantine } from './quarantine.js';
import type { MultiRunWork } from './multi-run-work.js';
import type { AnnounceStep } from './record-death.js';

/** Keeps videos that end workers from ending more of them. */
export class GuardedWork implements Work {
  private readonly gate = new ReadWriteLock();
  private readonly quarantines = new Map<string, Promise<Quarantine>>();

  constructor(
    private readonly work: MultiRunWork,
    private readonly announce: AnnounceStep,
  ) {}

  async plan(job: Job, signal: AbortSignal): Promise<readonly Step[]> {
    const { sha256 } = await this.work.sourceOf(job, signal);
    await (await this.quarantineOf(job)).admit(sha256, job.input);
    return await this.work.plan(job, signal);
  }

  async execute(job: Job, step: Step, control: StepControl): Promise<void> {
    const { sha256 } = await this.work.sourceOf(job, control.signal);
    const what = { out: job.run.out, input: job.input, sha256, step: step.name };
    // A video that ends processes is not admitted for ever.
    for (;;) {
      const { suspect } = await (await this.quarantineOf(job)).admit(sha256, job.input);
      try {
        await this.gate.pass(suspect, control.signal, async () => {
          const ended = this.announce(what);
          try {
            await this.work.execute(job, step, control);
          } finally {
            ended();
          }
        });
        return;
      } catch (error) {
        const end = processEndOf(error);
        if (end?.ownFault !== true) throw error;
        await recordDeath([what], end.ending, end.stderr);
      }
    }
  }

  async finish(job: Job, error: unknown, signal: AbortSignal): Promise<void> {
    await this.work.finish(job, error, signal);
    if (error !== undefined) return;
    // It got through: what it was suspected of was a neighbour's doing.
    const { sha256 } = await this.work.sourceOf(job, signal);
    await (await this.quarantineOf(job)).forgive(sha256);
  }
  private async quarantineOf({ run: { out } }: Job): Promise<Quarantine> {
    const known = this.quarantines.get(out) ?? openDocuments(out).then((documents) => new Quarantine(documents));
    this.quarantines.set(out, known);
    return await known;
  }
}
