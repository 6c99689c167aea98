import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { normaliseName } from './class-names.js';
import type { Taxonomy } from './llp-mapping.js';

/*
 * The operating point of a class is the score of a tagging network from which the class counts as present. Networks are
 * calibrated for the data set they were trained on, not for single segments of a video: half of the clips of AudioSet are
 * labelled Speech, so Speech gets a few percent everywhere, while a hammer that is clearly audible gets three. Scores are
 * therefore shifted, in log-odds, so that 0.5 means present in every source; the order of the scores of a class never
 * changes. docs/decisions/0009-operating-points.md tells how each number below was chosen, and on which split.
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
 * Share of the background of a class that is subtracted. Subtracting all of it would detect rare classes as readily as
 * frequent ones, subtracting none leaves Speech everywhere. On the validation split, average precision is within 0.006 of
 * its best for shares from 0.3 to 0.7.
 */
const BACKGROUND_SHARE = 0.5;
/** Log-odds above that at which the F score was highest on the validation split. */
const AUDIOSET_MARGIN = 0.5;
/** The operating point of an audio class without a background: 3.6 %, the best F score without any correction. */
const UNKNOWN_AUDIO_CLASS = -3.28;
/** For a softmax over a thousand classes, summed over those of the label: the best F score on half of 750 labelled photos. */
const IMAGENET_PRESENT = logit(0.2);

/** The log-odds from which a class counts as present. (Object detectors bring their own threshold, `presentFrom`.) */
export function operatingLogit(taxonomy: Exclude<Taxonomy, 'coco'>, className: string): number {
  if (taxonomy === 'imagenet') return IMAGENET_PRESENT;
  const background = AUDIOSET_BACKGROUND.get(normaliseName(className));
  return background === undefined ? UNKNOWN_AUDIO_CLASS : BACKGROUND_SHARE * background + AUDIOSET_MARGIN;
}

/** Log-odds of a probability, kept finite at 0 and 1 with the resolution of float32. */
export function logit(probability: number): number {
  const inside = Math.min(Math.max(probability, 1e-9), 1 - 1e-7);
  return Math.log(inside / (1 - inside));
}

export function sigmoid(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}
