import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Step } from '../engine.js';
import { PREFIX, stepSchema, type VideoData } from './video-flow.js';

/** After this time the state expires, and the video is planned once more when it wakes. */
const EXPIRY_SEC = 7 * 24 * 3600;

const planSchema = z.array(stepSchema);

/**
 * Stores the plan of one round of a video. A round's state, its plan and the finished steps, only saves time: when it is lost
 * and a step is never started, the video finds the step missing when it wakes.
 */
export async function saveRound(redis: Redis, video: VideoData, plan: readonly Step[]): Promise<void> {
  await redis.set(`${keyOf(video)}:plan`, JSON.stringify(plan), 'EX', EXPIRY_SEC);
}

/** Marks a step as done. @returns the steps that were waiting for it and can start now */
export async function completeStep(redis: Redis, video: VideoData, ended: string): Promise<Step[]> {
  const key = keyOf(video);
  const transaction = redis.multi().sadd(`${key}:done`, ended).expire(`${key}:done`, EXPIRY_SEC);
  const answers = await transaction.smembers(`${key}:done`).get(`${key}:plan`).exec();
  const [, , members, plan] = (answers ?? []).map(([error, answer]) => {
    if (error !== null) throw error;
    return answer;
  });
  const done = new Set(Array.isArray(members) ? members.map(String) : []);
  const steps = typeof plan === 'string' ? planSchema.parse(JSON.parse(plan)) : [];
  return steps.filter(
    ({ name, after }) => after.includes(ended) && !done.has(name) && after.every((needed) => done.has(needed)),
  );
}

/** Deletes the state of all rounds of a video's present attempt. */
export async function deleteRounds(redis: Redis, video: VideoData): Promise<void> {
  for (let round = 1; round <= video.round; round++) {
    const key = keyOf({ ...video, round });
    await redis.del(`${key}:plan`, `${key}:done`);
  }
}

function keyOf({ job, go, round }: VideoData): string {
  return `${PREFIX}:round:${job.id}.${go}.${round}`;
}
