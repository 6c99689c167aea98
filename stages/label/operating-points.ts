import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { normaliseName } from './class-names.js';
import type { Taxonomy } from './llp-mapping.js';

/**
 * Where a tagging network's own number means "present". Networks trained on AudioSet or ImageNet are honest about what
 * they were trained on, not about the question asked here: half of AudioSet's clips are labelled Speech, so it is given a
 * few percent everywhere, while a hammer that is plainly heard gets three. Scores are therefore moved, in log-odds, so
 * that 0.5 means present in every source; the order of a class's scores never changes. How each number below was chosen,
 * and on which split: docs/decisions/0009-operating-points.md.
 */
const backgroundSchema = z.strictObject({ schema: z.literal(1), logits: z.record(z.string(), z.number()) });

/** `mapping/audioset-background.json`: the median logit of each AudioSet class over sounds that are mostly something else. */
const AUDIOSET_BACKGROUND = new Map(
  Object.entries(
    backgroundSchema.parse(
      JSON.parse(readFileSync(new URL('./mapping/audioset-background.json', import.meta.url), 'utf8')),
    ).logits,
  ).map(([name, logit]) => [normaliseName(name), logit]),
);

/**
 * Share of a class's background that is taken off. All of it would make rare classes as ready as frequent ones, none
 * leaves Speech everywhere; the middle has the best average precision of 0.3 to 0.7 within 0.006 on the choosing split.
 */
const BACKGROUND_SHARE = 0.5;
/** Log-odds above that at which F was highest on the choosing split. */
const AUDIOSET_MARGIN = 0.5;
/** The same for an audio class without a background: a probability of 3.6 %, best F without any correction. */
const UNKNOWN_AUDIO_CLASS = -3.28;
/** Softmax over a thousand classes, summed over those of the label: best F on every other of 750 labelled photos. */
const IMAGENET_PRESENT = logit(0.2);

/** The log-odds at which a class of a taxonomy counts as present; a detector of boxes says so itself. */
export function operatingLogit(taxonomy: Exclude<Taxonomy, 'coco'>, className: string): number {
  if (taxonomy === 'imagenet') return IMAGENET_PRESENT;
  const background = AUDIOSET_BACKGROUND.get(normaliseName(className));
  return background === undefined ? UNKNOWN_AUDIO_CLASS : BACKGROUND_SHARE * background + AUDIOSET_MARGIN;
}

/** Log-odds of a probability, finite at 0 and 1 (as far as float32 tells probabilities from them). */
export function logit(probability: number): number {
  const inside = Math.min(Math.max(probability, 1e-9), 1 - 1e-7);
  return Math.log(inside / (1 - inside));
}

export function sigmoid(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}
