import { UnrecoverableError, type Job as QueueJob } from 'bullmq';
import { EarsightError } from '../../core/errors.js';
import type { Warning } from '../../core/warnings.js';
import type { Step } from '../engine.js';
import { failureText } from '../../core/failure-text.js';
import {
  NOT_OURS,
  returnToQueue,
  holdIfUnfit,
  isFinal,
  asWorkError,
  report,
  type ProcessorContext,
} from './processor-context.js';
import { completeStep } from './round-state.js';
import { isCancelled } from './cancellation.js';
import { stepOptions, type StepData, type VideoData } from './video-flow.js';

/** Progress is reported at most this often, because each report is an entry in Redis. */
const PROGRESS_INTERVAL_MS = 1_000;

/**
 * When an artefact that the step needs is gone, the video plans again; when its file has changed, the video fails. In both
 * cases a retry of the step would fail in the same way.
 */
const NEVER_RETRIED = new Set<string>(['EARSIGHT_STORE_CORRUPT', 'EARSIGHT_INPUT_CHANGED']);

/** Executes one step of a video and starts the steps that waited only for it. */
export async function processStep(context: ProcessorContext, bull: QueueJob<StepData>, token: string): Promise<void> {
  const data = context.items.stepIn(bull);
  if (data === null) throw new UnrecoverableError(NOT_OURS);
  const { video, step } = data;
  const { job } = video;
  const { controller, release } = context.cancellations.track(job.id);
  const signal = AbortSignal.any([controller.signal, context.leaving]);
  try {
    if (await isCancelled(context.redis, job.id)) throw new EarsightError('EARSIGHT_CANCELLED');
    const startedMs = performance.now();
    await asWorkError(context.work.execute(job, step, { signal, ...reporterOf(context, job.id, step.name) }));
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
    const final = NEVER_RETRIED.has(error.code) || isFinal(error, bull);
    const Failure = final ? UnrecoverableError : Error;
    throw new Failure(failureText(error));
  } finally {
    release();
  }
}

/** Adds steps that can start. A step that two processes add at the same moment is added once, because its id is the same. */
export async function startSteps(context: ProcessorContext, video: VideoData, steps: readonly Step[]): Promise<void> {
  const adding = steps.map(async (step) => {
    const data = { video, step: { ...step, after: [...step.after] } };
    await context.queues[step.resource].add(step.name, data, stepOptions(video, step.name)).catch((error: unknown) => {
      // The video has ended or was removed, so the step is not needed.
      if (!(error instanceof Error && error.message.includes('Missing key for parent job'))) throw error;
    });
  });
  await Promise.all(adding);
}

/** Reports without waiting: a report that fails or is slow must not affect the work. */
function reporterOf(context: ProcessorContext, id: string, step: Step['name']) {
  let reportedMs = Number.NEGATIVE_INFINITY;
  const send = (content: Parameters<typeof report>[2]): void =>
    void report(context, id, content).catch(() => undefined);
  return {
    progress: (fraction: number): void => {
      if (performance.now() - reportedMs < PROGRESS_INTERVAL_MS) return;
      reportedMs = performance.now();
      send({ type: 'progress', step, fraction });
    },
    warn: (warning: Warning): void => send({ type: 'warning', step, warning }),
  };
}
