import { logit } from '../../stages/label/operating-points.js';
import type { Clip } from './clips.js';
import type { Heard, Listener } from './listener.js';

/** A second of a class in which the teacher's scaled score is below this, but the tagger asserts the class, is false. */
const SURELY_ABSENT = logit(0.05);

/** How often a tagger's decisions, per second and class, are those of a teacher. */
export interface Agreement {
  readonly clips: number;
  readonly minutes: number;
  /** Decisions that both, only the tagger, and only the teacher made. */
  readonly both: number;
  readonly onlyTagger: number;
  readonly onlyTeacher: number;
  /** Seconds of classes that the tagger asserts where the teacher is sure that they are absent. */
  readonly falseSeconds: number;
}

/** Compares the decisions of two taggers on every second of the clips, for the named classes that both have. */
export async function agreementOn(
  clips: readonly Clip[],
  tagger: Listener,
  teacher: Listener,
  wanted: readonly string[],
): Promise<Agreement> {
  const names = wanted.filter(
    (name) => name !== 'Silence' && tagger.classes.includes(name) && teacher.classes.includes(name),
  );
  let [both, onlyTagger, onlyTeacher, falseSeconds, samples] = [0, 0, 0, 0, 0];
  for (const { sound } of clips) {
    const [heard, taught]: Heard[] = [await tagger.listen(sound), await teacher.listen(sound)];
    samples += sound.length;
    for (let segment = 0; segment < (heard?.segments ?? 0); segment++)
      for (const name of names) {
        const asserted = (heard?.score(segment, [name]) ?? -Infinity) >= 0;
        const score = taught?.score(segment, [name]) ?? -Infinity;
        if (asserted && score >= 0) both++;
        else if (asserted) onlyTagger++;
        else if (score >= 0) onlyTeacher++;
        if (asserted && score < SURELY_ABSENT) falseSeconds++;
      }
  }
  const minutes = samples / tagger.sampleRateHz / 60;
  return { clips: clips.length, minutes, both, onlyTagger, onlyTeacher, falseSeconds };
}

/** Harmonic mean of precision and recall against the teacher. */
export function f1Of({ both, onlyTagger, onlyTeacher }: Agreement): number {
  return (2 * both) / Math.max(1, 2 * both + onlyTagger + onlyTeacher);
}
