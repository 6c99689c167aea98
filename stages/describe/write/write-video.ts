import type { Fact, Sentence } from '../../../core/schemas/description.js';
import type { VideoFacts } from '../facts/video-facts.js';
import { planOf, type Plan } from '../plan.js';
import { writeHeard } from './heard.js';
import { writeSeen } from './seen.js';
import { writeSummary } from './summary.js';

/** The sentences about a video, the summary first, with the facts that they rest on. The same facts give the same words. */
export function writeVideo(
  video: VideoFacts,
  whole: Plan['whole'] = 'video',
): { sentences: Sentence[]; facts: Fact[] } {
  const plan = planOf(video, whole);
  const sentences = [writeSummary(plan), ...writeSeen(plan), ...writeHeard(plan)].filter((one) => one !== null);
  const used = new Set(sentences.flatMap(({ phrases }) => phrases.flatMap(({ evidence }) => evidence)));
  return { sentences, facts: plan.facts.used(used) };
}
