import { UnrecoverableError, WaitingChildrenError, type Job as QueueJob } from 'bullmq';
import { EarsightError } from '../../core/errors.js';
import { failureText } from '../../core/failure-text.js';
import { failureOfJob } from './job-failure.js';
import {
  NOT_OURS,
  returnToQueue,
  holdIfUnfit,
  isFinal,
  asWorkError,
  report,
  type ProcessorContext,
} from './processor-context.js';
import { deleteRounds, saveRound } from './round-state.js';
import { isCancelled, abortRunningSteps } from './cancellation.js';
import { startSteps } from './step-processor.js';
import { isOfRound, videoDataSchema, type VideoData } from './video-flow.js';

/**
 * A video needs one round, and one more each time an artefact that it needs is removed or a step is lost. More rounds than
 * this mean that the store loses data.
 */
const MAX_ROUNDS = 20;

/**
 * Processes the root job of a flow: plans the missing steps, adds those that can start, and waits for its children. The last
 * child, or the first that fails, wakes it, and it plans again. The plan always comes from the store, so steps that Redis
 * has lost are planned anew.
 */
export async function processVideo(context: ProcessorContext, bull: QueueJob<VideoData>, token: string): Promise<void> {
  const video = context.items.videoIn(bull);
  if (video === null) throw new UnrecoverableError(NOT_OURS);
  const { controller, release } = context.cancellations.track(video.job.id);
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
    release();
  }
}

/** @returns true when the video is published; false when all started steps have already ended and it must plan again */
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
  // The step has used all its attempts; further attempts of the video would fail in the same way.
  if (failure !== undefined) return await settle(context, bull, failure);
  const steps = await asWorkError(context.work.plan(job, signal));
  if (video.round === 0) await report(context, job.id, { type: 'started', steps: steps.map(({ name }) => name) });
  if (steps.length === 0) {
    await asWorkError(context.work.finish(job, undefined, signal));
    await deleteRounds(context.redis, video);
    return true;
  }
  if (video.round >= MAX_ROUNDS) throw new EarsightError('EARSIGHT_STORE_CORRUPT', { key: job.output });
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

/** The failure of this round's steps. A step whose input artefact is gone does not count: the next plan makes it anew. */
async function failureOfStep(bull: QueueJob<VideoData>, video: VideoData): Promise<EarsightError | undefined> {
  const failed = Object.entries(await bull.getIgnoredChildrenFailures());
  const errors = failed.filter(([key]) => isOfRound(key, video)).map(([, text]) => failureOfJob(text));
  // Steps that were aborted because another one failed report a cancellation; the failure itself is returned.
  const real = errors.filter(({ code }) => code !== 'EARSIGHT_STORE_CORRUPT' && code !== 'EARSIGHT_CANCELLED');
  return real[0] ?? errors.find(({ code }) => code === 'EARSIGHT_CANCELLED');
}

/** Fails the video for good: removes its waiting steps, aborts the running ones, and lets the work clean up. */
async function settle(context: ProcessorContext, bull: QueueJob<VideoData>, error: EarsightError): Promise<never> {
  const { job } = videoDataSchema.parse(bull.data);
  await bull.removeUnprocessedChildren();
  await abortRunningSteps(context.redis, job.id);
  const cancelled = error.code === 'EARSIGHT_CANCELLED' ? AbortSignal.abort(error) : new AbortController().signal;
  await context.work.finish(job, error, cancelled).catch(() => undefined);
  throw new UnrecoverableError(failureText(error));
}
