import { TAGGER_MEL, WINDOW_FRAMES } from '../front-end.js';
import { VOCABULARY } from '../vocabulary.js';
import { ABSENT, PRESENT } from './mixture.js';
import { TEACHER_CLASSES, TEACHER_FEATURES } from './teacher.js';

/** Number of values of one example: its picture, and its targets. */
export const PICTURE = TAGGER_MEL.melBins * WINDOW_FRAMES;
export const TARGETS = VOCABULARY.length;

/** A compact block of `count` training examples, stored one after another. */
export interface Examples {
  readonly count: number;
  /** Log-mel pictures, quantised to 8 bits: [count, bands, frames]. */
  readonly pictures: Uint8Array;
  /** Targets from 0 (absent) to 255 (present): [count, classes]. */
  readonly targets: Uint8Array;
  /** [count, TEACHER_CLASSES] */
  readonly logits: Float32Array;
  /** [count, TEACHER_FEATURES] */
  readonly features: Float32Array;
}

export function emptyExamples(count: number): Examples {
  return {
    count,
    pictures: new Uint8Array(count * PICTURE),
    targets: new Uint8Array(count * TARGETS),
    logits: new Float32Array(count * TEACHER_CLASSES),
    features: new Float32Array(count * TEACHER_FEATURES),
  };
}

/** The front end's values range from -1.4 (digital silence) to 3.2 (a full-scale tone): the step is 0.4 dB. */
const [LOWEST, STEP] = [-1.4, 4.6 / 255];

export function toByte(value: number): number {
  return Math.max(0, Math.min(255, Math.round((value - LOWEST) / STEP)));
}

export function fromByte(byte: number): number {
  return LOWEST + STEP * byte;
}

/**
 * Teacher logit at which a class counts as present with probability 0.5. It corresponds to a score of 18 %, because the
 * teacher's training labels name few of the sounds in a clip and its probabilities are therefore low
 * (docs/decisions/0009-operating-points.md).
 */
const TEACHER_PRESENT = -1.5;
/** Weight of the teacher in the target of a class that is labelled present, and of one that is labelled absent. */
const [TEACHER_WEIGHT_PRESENT, TEACHER_WEIGHT_ABSENT] = [0.15, 0.25];

/**
 * Training target from 0 to 1: the label softened by the teacher's score, or the teacher's score if there is no label.
 */
export function targetOf(label: number, teacherLogit: number): number {
  const teacher = 1 / (1 + Math.exp(TEACHER_PRESENT - teacherLogit));
  if (label === PRESENT) return 1 - TEACHER_WEIGHT_PRESENT + TEACHER_WEIGHT_PRESENT * teacher;
  if (label === ABSENT) return TEACHER_WEIGHT_ABSENT * teacher;
  return teacher;
}
