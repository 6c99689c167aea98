/**
 * How scores of one label in one modality become events. The scores may come from encoders or from a trained parser, as
 * long as they lie in [0, 1].
 */
export interface DecodingRule {
  /** An event needs at least one score at or above this threshold. */
  readonly on: number;
  /** An event extends in both directions while scores stay at or above this threshold (hysteresis; `off` ≤ `on`). */
  readonly off: number;
  /** Events shorter than this many segments are dropped. */
  readonly minSegments: number;
}

/** A half-open interval of segments. */
export interface Run {
  readonly start: number;
  readonly end: number;
}

export interface DecodedEvent extends Run {
  /** Mean score over the run. */
  readonly confidence: number;
}

/**
 * The segments in which a label is decided present: double threshold, then minimum length.
 * @param scores one score per segment
 */
export function activeRuns(scores: ArrayLike<number>, rule: DecodingRule): readonly Run[] {
  return runsWhere(scores.length, (t) => reaches(scores, t, rule.off)).filter(
    (run) => someIn(run, (t) => reaches(scores, t, rule.on)) && run.end - run.start >= rule.minSegments,
  );
}

/** The events of a label with their confidence. */
export function decodeEvents(scores: ArrayLike<number>, rule: DecodingRule): readonly DecodedEvent[] {
  return withConfidence(activeRuns(scores, rule), scores);
}

/**
 * Audio-visual events by the LLP protocol (methods.md A.5): runs of the product of the two binary rows, so an event
 * lies where both are decided present. The confidence is the mean product of the two scores.
 * @throws RangeError when the rows differ in length.
 */
export function decodeAudioVisual(
  audio: ArrayLike<number>,
  visual: ArrayLike<number>,
  audioRule: DecodingRule,
  visualRule: DecodingRule,
): readonly DecodedEvent[] {
  if (audio.length !== visual.length) throw new RangeError(`rows of ${audio.length} and ${visual.length} segments`);
  const audioActive = binaryRow(activeRuns(audio, audioRule), audio.length);
  const visualActive = binaryRow(activeRuns(visual, visualRule), visual.length);
  const both = runsWhere(audio.length, (t) => audioActive[t] === 1 && visualActive[t] === 1);
  return withConfidence(
    both,
    Float64Array.from({ length: audio.length }, (_, t) => (audio[t] ?? 0) * (visual[t] ?? 0)),
  );
}

/** A binary row: 1 inside the runs, 0 elsewhere. */
function binaryRow(runs: readonly Run[], segments: number): Uint8Array {
  const row = new Uint8Array(segments);
  for (const run of runs) row.fill(1, run.start, run.end);
  return row;
}

/** The maximal runs of segments that pass a test; a run that touches the last segment ends there. */
function runsWhere(segments: number, test: (segment: number) => boolean): readonly Run[] {
  const runs: Run[] = [];
  let start = -1;
  for (let t = 0; t <= segments; t += 1) {
    const inside = t < segments && test(t);
    if (inside && start < 0) start = t;
    if (!inside && start >= 0) {
      runs.push({ start, end: t });
      start = -1;
    }
  }
  return runs;
}

function withConfidence(runs: readonly Run[], scores: ArrayLike<number>): readonly DecodedEvent[] {
  return runs.map((run) => {
    let sum = 0;
    for (let t = run.start; t < run.end; t += 1) sum += scores[t] ?? 0;
    return { ...run, confidence: sum / (run.end - run.start) };
  });
}

function reaches(scores: ArrayLike<number>, segment: number, threshold: number): boolean {
  const score = scores[segment];
  return score !== undefined && score >= threshold;
}

function someIn(run: Run, test: (segment: number) => boolean): boolean {
  for (let t = run.start; t < run.end; t += 1) if (test(t)) return true;
  return false;
}
