import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, Step, StepControl, Work } from '../engine.js';

/** What a step of a fake job does. */
export type FakeStep = (job: Job, step: Step, control: StepControl) => Promise<void>;

/** A graph of steps like that of the pipeline: a first step, parallel steps, and a last step that joins them. */
export const FAKE_STEPS: readonly Step[] = [
  { name: 'extract', resource: 'media', after: [] },
  { name: 'shots', resource: 'light', after: ['extract'] },
  { name: 'sound', resource: 'inference', after: ['extract'] },
  { name: 'encode', resource: 'inference', after: ['extract'] },
  { name: 'label', resource: 'inference', after: ['encode'] },
  { name: 'report', resource: 'light', after: ['shots', 'sound', 'label'] },
];

/**
 * Work without videos. It remembers which steps are done and plans only the others, as the store does. Several workers of
 * one test share that state through the parameter `done`.
 */
export class FakeWork implements Work {
  readonly calls: string[] = [];
  readonly finished = new Map<string, unknown>();

  constructor(
    private readonly behaviour: FakeStep = () => Promise.resolve(),
    private readonly done = new Set<string>(),
  ) {}

  plan(job: Job): Promise<readonly Step[]> {
    const missing = FAKE_STEPS.filter(({ name }) => !this.done.has(`${job.id} ${name}`));
    const names = new Set(missing.map(({ name }) => name));
    const steps = missing.map((step) => ({ ...step, after: step.after.filter((name) => names.has(name)) }));
    return Promise.resolve(steps);
  }

  async execute(job: Job, step: Step, control: StepControl): Promise<void> {
    const call = `${job.id} ${step.name}`;
    this.calls.push(call);
    await this.behaviour(job, step, control);
    this.done.add(call);
  }

  finish(job: Job, error: unknown): Promise<void> {
    this.finished.set(job.id, error);
    return Promise.resolve();
  }

  /** Removes the result of a step, as the end of another video or a user may do. */
  lose(job: Job, step: string): void {
    this.done.delete(`${job.id} ${step}`);
  }
}

export function fakeJob(id: string): Job {
  return { id, input: `/in/${id}.mp4`, output: id, run: { out: '/out', settings: 'none' } };
}

/** A step that runs until it is aborted. */
export const untilCancelled: FakeStep = async (_job, _step, { signal }) => await sleep(600_000, undefined, { signal });
