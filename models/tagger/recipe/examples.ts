import { TAGGER_MEL, WINDOW_FRAMES } from '../front-end.js';
import { AUDIOSET, audiosetIndex } from '../audioset.js';
import { ABSENT, PRESENT } from './mixture.js';
import { TEACHER_CLASSES, TEACHER_FEATURES } from './teacher.js';

/** Number of values of one example: its picture, and its targets. */
export const PICTURE = TAGGER_MEL.melBins * WINDOW_FRAMES;
/** All AudioSet classes, then `none of these`. */
export const TARGETS = AUDIOSET.length + 1;

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

/** Weight of the teacher in the target of a class that is labelled present, and of one that is labelled absent. */
const [TEACHER_WEIGHT_PRESENT, TEACHER_WEIGHT_ABSENT] = [0.15, 0.25];

/** Classes that say nothing about what sounds; a mixture that has only these holds none of the classes. */
const SAYS_NOTHING = [
  ...['Silence', 'Sound effect', 'Noise', 'Environmental noise', 'Inside, small room', 'Inside, large room or hall'],
  ...['Inside, public space', 'Outside, urban or manmade', 'Outside, rural or natural', 'Reverberation', 'Echo'],
  ...['Field recording', 'Distortion', 'Generic impact sounds'],
].flatMap((name) => (AUDIOSET.includes(name) ? [audiosetIndex(name)] : []));

/** Target of `none of these`, from 0 to 1, given the targets of all classes. */
export function noneOf(targets: Float32Array): number {
  const most = targets.reduce((max, target, index) => (SAYS_NOTHING.includes(index) ? max : Math.max(max, target)), 0);
  return 1 - most;
}

/**
 * Training target from 0 to 1: the label softened by the teacher's score, or the teacher's score if there is no label.
 * @param presentFrom the teacher's logit from which the class counts as present
 */
export function targetOf(label: number, teacherLogit: number, presentFrom: number): number {
  const teacher = 1 / (1 + Math.exp(presentFrom - teacherLogit));
  if (label === PRESENT) return 1 - TEACHER_WEIGHT_PRESENT + TEACHER_WEIGHT_PRESENT * teacher;
  if (label === ABSENT) return TEACHER_WEIGHT_ABSENT * teacher;
  return teacher;
}
