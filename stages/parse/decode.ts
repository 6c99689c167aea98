/**
 * From scores to decisions, for one label in one modality. The scores may come from encoders or from a trained parser:
 * what matters is that they lie in [0, 1].
 */
export interface DecodingRule {
  /** An event begins where a score reaches this … */
  readonly on: number;
  /** … and lasts in both directions while scores stay at or above this (hysteresis; `off` ≤ `on`). */
  readonly off: number;
  /** Gaps of at most this many segments between two events of one label are bridged. */
  readonly bridgeSegments: number;
  /** Events shorter than this many segments, after bridging, are dropped. */
  readonly minSegments: number;
}

/** Half-open run of segments. */
export interface Run {
  readonly start: number;
  readonly end: number;
}

export interface DecodedEvent extends Run {
  /** Mean score over the run, bridged gaps included. */
  readonly confidence: number;
}

/**
 * The segments in which a label is decided present: double threshold, then gap bridging, then minimum length.
 * @param scores one score a segment
 */
export function activeRuns(scores: ArrayLike<number>, rule: DecodingRule): readonly Run[] {
  const events = bridge(
    runsWhere(scores.length, (t) => reaches(scores, t, rule.off)),
    rule.bridgeSegments,
    (run) => someIn(run, (t) => reaches(scores, t, rule.on)),
  );
  return events.filter((run) => run.end - run.start >= rule.minSegments);
}

/** The runs of a label with their confidence. */
export function decodeEvents(scores: ArrayLike<number>, rule: DecodingRule): readonly DecodedEvent[] {
  return withConfidence(activeRuns(scores, rule), scores);
}

/**
 * Audio-visual events by the LLP protocol (methods.md A.5): runs of the product of the two binary rows, so an event is
 * where both are decided present. The confidence is the mean product of the two scores.
 * @throws RangeError when the rows differ in length.
 */
export function decodeAudioVisual(
  audio: ArrayLike<number>,
  visual: ArrayLike<number>,
  audioRule: DecodingRule,
  visualRule: DecodingRule,
): readonly DecodedEvent[] {
  if (audio.length !== visual.length) throw new RangeError(`rows of ${audio.length} and ${visual.length} segments`);
  const heard = paint(activeRuns(audio, audioRule), audio.length);
  const seen = paint(activeRuns(visual, visualRule), visual.length);
  const both = runsWhere(audio.length, (t) => heard[t] === 1 && seen[t] === 1);
  return withConfidence(
    both,
    Float64Array.from({ length: audio.length }, (_, t) => (audio[t] ?? 0) * (visual[t] ?? 0)),
  );
}

/** A binary row: 1 inside the runs. */
export function paint(runs: readonly Run[], segments: number): Uint8Array {
  const row = new Uint8Array(segments);
  for (const run of runs) row.fill(1, run.start, run.end);
  return row;
}

/** Maximal runs of segments that pass a test; one that touches the last segment is closed there. */
export function runsWhere(segments: number, test: (segment: number) => boolean): readonly Run[] {
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

/** Joins neighbouring runs that pass `counts`; runs that do not are no bridge-heads. */
function bridge(runs: readonly Run[], gap: number, counts: (run: Run) => boolean): readonly Run[] {
  const joined: Run[] = [];
  for (const run of runs.filter(counts)) {
    const last = joined.at(-1);
    if (last !== undefined && run.start - last.end <= gap) joined.splice(-1, 1, { start: last.start, end: run.end });
    else joined.push(run);
  }
  return joined;
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
