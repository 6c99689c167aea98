import { UnrecoverableError, WaitingChildrenError, type Job as QueueJob } from 'bullmq';
import { EarsightError } from '../../core/errors.js';
import { failureText } from '../../core/failure-text.js';
import { failureOfJob } from './job-failure.js';
import { report, type ProcessorContext } from './job-context.js';
import { deleteRounds, saveRound } from './round-state.js';
import { isCancelled, abortRunningSteps } from './cancellation.js';
import { startSteps } from './step-processor.js';
import { returnToQueue, holdIfUnfit, isFinal, asWorkError } from './processor-context.js';
import { isOfRound, videoDataSchema, type VideoData } from './video-flow.js';

/**
 * A healthy video needs one round, and one more for each time a raw artefact that it counted on is dropped by somebody
 * or a step is lost. More than this is a store that loses what it is given.
 */
const MOST_ROUNDS = 20;

/**
 * The root of a flow: plans what is missing, adds the steps that can start, and waits for its children. Woken by the
 * last of them, or by the first that failed, it looks again. What is missing is always asked of the store, so whatever
 * Redis forgot is planned anew.
 */
export async function processVideo(context: ProcessorContext, bull: QueueJob<VideoData>, token: string): Promise<void> {
  const { controller, letGo } = context.cancellations.track(bull.data.job.id);
  const signal = AbortSignal.any([controller.signal, context.leaving]);
  try {
    for (;;) if (await runRound(context, bull, token, signal)) return;
  } catch (thrown) {
    if (thrown instanceof WaitingChildrenError) throw thrown;
    const error = await holdIfUnfit(thrown, signal);
    if (context.leaving.aborted) return await returnToQueue(bull, token);
    if (!(error instanceof EarsightError)) throw error;
    if (!isFinal(error, bull)) throw new Error(failureText(error), { cause: error });
    await settle(context, bull, error);
  } finally {
    letGo();
  }
}

/** True when the video is published; false when all steps that were started have ended and it must look again. */
async function runRound(
  context: ProcessorContext,
  bull: QueueJob<VideoData>,
  token: string,
  signal: AbortSignal,
): Promise<boolean> {
  const video = videoDataSchema.parse(bull.data);
  const { job } = video;
  if (await isCancelled(context.redis, job.id)) throw new EarsightError('EARSIGHT_CANCELLED');
  const failure = video.round > 0 ? await failureOfStep(bull, video) : undefined;
  // It has had all its tries: those of the video would find the same failure.
  if (failure !== undefined) return await settle(context, bull, failure);
  const steps = await asWorkError(context.work.plan(job, signal));
  if (video.round === 0) await report(context, job.id, { type: 'started', steps: steps.map(({ name }) => name) });
  if (steps.length === 0) {
    await asWorkError(context.work.finish(job, undefined, signal));
    await deleteRounds(context.redis, video);
    return true;
  }
  if (video.round >= MOST_ROUNDS) throw new EarsightError('EARSIGHT_STORE_CORRUPT', { key: job.output });
  const next = { ...video, round: video.round + 1 };
  await Promise.all([bull.updateData(next), saveRound(context.redis, next, steps)]);
  await startSteps(
    context,
    next,
    steps.filter(({ after }) => after.length === 0),
  );
  if (await bull.moveToWaitingChildren(token)) throw new WaitingChildrenError();
  return false;
}

/** A step that found another's artefact gone is no failure of the video: the next plan makes it anew. */
async function failureOfStep(bull: QueueJob<VideoData>, video: VideoData): Promise<EarsightError | undefined> {
  const failed = Object.entries(await bull.getIgnoredChildrenFailures());
  const errors = failed.filter(([key]) => isOfRound(key, video)).map(([, text]) => failureOfJob(text));
  // Siblings that were stopped because of the failing one say so; it is the one to report.
  const real = errors.filter(({ code }) => code !== 'EARSIGHT_STORE_CORRUPT' && code !== 'EARSIGHT_CANCELLED');
  return real[0] ?? errors.find(({ code }) => code === 'EARSIGHT_CANCELLED');
}

async function settle(context: ProcessorContext, bull: QueueJob<VideoData>, error: EarsightError): Promise<never> {
  const { job } = videoDataSchema.parse(bull.data);
  await bull.removeUnprocessedChildren();
  await abortRunningSteps(context.redis, job.id);
  const cancelled = error.code === 'EARSIGHT_CANCELLED' ? AbortSignal.abort(error) : new AbortController().signal;
  await context.work.finish(job, error, cancelled).catch(() => undefined);
  throw new UnrecoverableError(failureText(error));
}
