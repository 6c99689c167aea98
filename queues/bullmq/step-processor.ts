import { UnrecoverableError, type Job as QueueJob } from 'bullmq';
import { EarsightError } from '../../core/errors.js';
import type { Step } from '../engine.js';
import { failureText } from '../../core/failure-text.js';
import { report, type ProcessorContext } from './job-context.js';
import { returnToQueue, holdIfUnfit, isFinal, asWorkError } from './processor-context.js';
import { completeStep } from './round-state.js';
import { isCancelled } from './cancellation.js';
import { stepDataSchema, stepOptions, type StepData, type VideoData } from './video-flow.js';

/** Progress is told this often at most: each telling is an entry in Redis. */
const PROGRESS_EVERY_MS = 1_000;
/** One stage of one video: executes it and starts the steps that waited for it alone. */
export async function processStep(context: ProcessorContext, bull: QueueJob<StepData>, token: string): Promise<void> {
  const { video, step } = stepDataSchema.parse(bull.data);
  const { job } = video;
  const { controller, letGo } = context.cancellations.track(job.id);
  const signal = AbortSignal.any([controller.signal, context.leaving]);
  try {
    if (await isCancelled(context.redis, job.id)) throw new EarsightError('EARSIGHT_CANCELLED');
    const startedMs = performance.now();
    await asWorkError(context.work.execute(job, step, { signal, ...teller(context, job.id, step.name) }));
    const wallMs = performance.now() - startedMs;
    const [ready] = await Promise.all([
      completeStep(context.redis, video, step.name),
      report(context, job.id, { type: 'step-done', step: step.name, wallMs }),
    ]);
    await startSteps(context, video, ready);
  } catch (thrown) {
    const error = await holdIfUnfit(thrown, signal);
    if (context.leaving.aborted) return await returnToQueue(bull, token);
    if (!(error instanceof EarsightError)) throw error;
    // The video plans again when something it counted on is gone: trying the same once more would find nothing either.
    const final = error.code === 'EARSIGHT_STORE_CORRUPT' || isFinal(error, bull);
    const Failure = final ? UnrecoverableError : Error;
    throw new Failure(failureText(error));
  } finally {
    letGo();
  }
}

/** Adds steps that can start. One that two neighbours add, having ended at the same moment, is added once. */
export async function startSteps(context: ProcessorContext, video: VideoData, steps: readonly Step[]): Promise<void> {
  const adding = steps.map(async (step) => {
    const data = { video, step: { ...step, after: [...step.after] } };
    await context.queues[step.resource].add(step.name, data, stepOptions(video, step.name)).catch((error: unknown) => {
      // The video has ended, or was removed: nobody needs the step.
      if (!(error instanceof Error && error.message.includes('Missing key for parent job'))) throw error;
    });
  });
  await Promise.all(adding);
}

function teller(context: ProcessorContext, id: string, step: Step['name']) {
  let toldMs = Number.NEGATIVE_INFINITY;
  // What is told is a courtesy: the work does not wait for it, nor fail with it.
  const tell = (what: Parameters<typeof report>[2]): void => void report(context, id, what).catch(() => undefined);
  return {
    progress: (fraction: number): void => {
      if (performance.now() - toldMs < PROGRESS_EVERY_MS) return;
      toldMs = performance.now();
      tell({ type: 'progress', step, fraction });
    },
    warn: (message: string): void => tell({ type: 'warning', step, message }),
  };
}
