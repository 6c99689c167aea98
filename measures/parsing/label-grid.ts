/** The labels of one modality of one video: one row per class and one number per segment, 1 where the class is present. */
export class LabelGrid {
  readonly classes: number;
  readonly segments: number;
  /** classes × segments, row by row. */
  readonly cells: Uint8Array;

  constructor(classes: number, segments: number, cells = new Uint8Array(classes * segments)) {
    this.classes = classes;
    this.segments = segments;
    this.cells = cells;
  }

  /**
   * Paints the segments from `onset` up to, but without, `offset`. A row whose onset is not before its offset paints
   * nothing, and what lies outside the grid is dropped: LLP's own files contain both. Fractions are cut off, as the
   * authors' reader does.
   */
  paint(classIndex: number, onset: number, offset: number): void {
    const from = Math.max(0, Math.trunc(onset));
    const to = Math.min(this.segments, Math.trunc(offset));
    if (from < to) this.cells.fill(1, classIndex * this.segments + from, classIndex * this.segments + to);
  }

  /** The labels that both grids have: the audio-visual labels of an audio and a visual grid. */
  and(other: LabelGrid): LabelGrid {
    return new LabelGrid(
      this.classes,
      this.segments,
      this.cells.map((cell, index) => cell & (other.cells[index] ?? 0)),
    );
  }

  row(classIndex: number): Uint8Array {
    return this.cells.subarray(classIndex * this.segments, (classIndex + 1) * this.segments);
  }
}

/** Start and end, in segments, of a maximal run of ones; the end is the first segment that is not in it. */
export type Run = readonly [start: number, end: number];

/** The events of a row: its maximal runs of ones. */
export function runsOf(row: Uint8Array): Run[] {
  const runs: Run[] = [];
  let start = -1;
  for (let at = 0; at <= row.length; at += 1) {
    const isOn = (row[at] ?? 0) !== 0;
    if (isOn && start < 0) start = at;
    if (!isOn && start >= 0) {
      runs.push([start, at]);
      start = -1;
    }
  }
  return runs;
}
