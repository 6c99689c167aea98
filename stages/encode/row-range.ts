/** Rows `[first, end)`: of stored frames, or of segments. */
export interface RowRange {
  readonly first: number;
  readonly end: number;
}

/** What encoders are handed at a time: a part's chunks hold the rows they would hold in one go. */
const ALIGNMENT = 16;

/** The rows of one of `parts` equal pieces, which begin at multiples of `ALIGNMENT`; none where there are too few. */
export function partOf(rows: number, part: number, parts: number): RowRange {
  const begin = (index: number): number =>
    index === parts ? rows : Math.floor((index * rows) / parts / ALIGNMENT) * ALIGNMENT;
  return { first: begin(part), end: begin(part + 1) };
}
