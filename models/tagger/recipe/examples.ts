import { TAGGER_MEL, WINDOW_FRAMES } from '../front-end.js';
import { VOCABULARY } from '../vocabulary.js';
import { ABSENT, PRESENT } from './mixture.js';
import { TEACHER_CLASSES, TEACHER_FEATURES } from './teacher.js';

/** Numbers of one example. */
export const PICTURE = TAGGER_MEL.melBins * WINDOW_FRAMES;
export const TARGETS = VOCABULARY.length;

/** Mixtures as the network learns from them, compact: `count` examples one after another. */
export interface Examples {
  readonly count: number;
  /** Log-mel pictures in 8 bits: [count, bands, frames]. */
  readonly pictures: Uint8Array;
  /** [count, classes], 255 is present. */
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

/** The front end's numbers lie between digital silence, -1.4, and a full-scale tone, 3.2: steps of 0.4 dB. */
const [LOWEST, STEP] = [-1.4, 4.6 / 255];

export function toByte(value: number): number {
  return Math.max(0, Math.min(255, Math.round((value - LOWEST) / STEP)));
}

export function fromByte(byte: number): number {
  return LOWEST + STEP * byte;
}

/**
 * Logit at which the teacher's word counts as "present": 18 %. Its training labels name few of the sounds that can be
 * heard in a clip, so its probabilities are low (docs/decisions/0009-operating-points.md).
 */
const TEACHER_PRESENT = -1.5;
/** How much of the target is the teacher's where a label says present, and where it says absent. */
const [DOUBT_OF_PRESENT, DOUBT_OF_ABSENT] = [0.15, 0.25];

/** What the network should say, 0 … 1: the label, softened by the teacher; the teacher where there is no label. */
export function targetOf(label: number, teacherLogit: number): number {
  const teacher = 1 / (1 + Math.exp(TEACHER_PRESENT - teacherLogit));
  if (label === PRESENT) return 1 - DOUBT_OF_PRESENT + DOUBT_OF_PRESENT * teacher;
  if (label === ABSENT) return DOUBT_OF_ABSENT * teacher;
  return teacher;
}
