import { UnrecoverableError, type Job as QueueJob } from 'bullmq';
import { EarsightError } from '../../pipeline/errors.js';
import type { Step } from '../engine.js';
import { failureText } from './failure-text.js';
import { report, type JobContext } from './job-context.js';
import { handBack, isFinal, working } from './outcome.js';
import { isStopped } from './stop-signals.js';
import { PREFIX, stepDataSchema, stepOptions, type StepData, type VideoData } from './video-flow.js';

/** Progress is told this often at most: each telling is an entry in Redis. */
const PROGRESS_EVERY_MS = 1_000;
/** How long Redis remembers which steps of a round are done; a video under way for longer plans once more. */
const REMEMBERED_SEC = 24 * 3600;

/** One stage of one video: executes it and starts the steps that waited for it alone. */
export async function processStep(context: JobContext, bull: QueueJob<StepData>, token: string): Promise<void> {
  const { video, step, plan } = stepDataSchema.parse(bull.data);
  const { job } = video;
  const { controller, letGo } = context.signals.follow(job.id);
  try {
    if (await isStopped(context.redis, job.id)) throw new EarsightError('EARSIGHT_CANCELLED');
    const startedMs = performance.now();
    const signal = AbortSignal.any([controller.signal, context.leaving]);
    await working(context.work.execute(job, step, { signal, ...teller(context, job.id, step.name) }));
    const wallMs = performance.now() - startedMs;
    await report(context, job.id, { type: 'step-done', step: step.name, wallMs });
    const done = await markDone(context, video, step.name);
    const isReady = ({ name, after }: Step): boolean =>
      after.includes(step.name) && !done.has(name) && after.every((needed) => done.has(needed));
    await startSteps(context, video, plan, isReady);
  } catch (error) {
    if (context.leaving.aborted) return await handBack(bull, token);
    if (!(error instanceof EarsightError)) throw error;
    // The video plans again when something it counted on is gone: trying the same once more would find nothing either.
    const final = error.code === 'EARSIGHT_STORE_CORRUPT' || isFinal(error, bull);
    const Failure = final ? UnrecoverableError : Error;
    throw new Failure(failureText(error));
  } finally {
    letGo();
  }
}

/**
 * Adds the steps of a plan that can start. Two that end at the same moment may both add a third: the second adding finds
 * it there. One that nobody added is found missing when the video wakes.
 */
export async function startSteps(
  context: JobContext,
  video: VideoData,
  plan: StepData['plan'],
  isReady: (step: Step) => boolean,
): Promise<void> {
  for (const step of plan.filter(isReady)) {
    const adding = context.queues[step.resource].add(step.name, { video, step, plan }, stepOptions(video, step.name));
    await adding.catch((error: unknown) => {
      // The video has ended, or was removed: nobody needs the step.
      if (!(error instanceof Error && error.message.includes('Missing key for parent job'))) throw error;
    });
  }
}

async function markDone({ redis }: JobContext, video: VideoData, step: string): Promise<ReadonlySet<string>> {
  const key = `${PREFIX}:done:${video.job.id}.${video.go}.${video.round}`;
  const answers = await redis.multi().sadd(key, step).expire(key, REMEMBERED_SEC).smembers(key).exec();
  const [failure, members] = answers?.[2] ?? [null, []];
  if (failure !== null) throw failure;
  return new Set(Array.isArray(members) ? members.map(String) : []);
}

function teller(context: JobContext, id: string, step: Step['name']) {
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
