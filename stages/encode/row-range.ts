/** The rows `[first, end)` of stored frames or of segments. */
export interface RowRange {
  readonly first: number;
  readonly end: number;
}

/**
 * Rows that an encoder receives at once: 16 frames of 224 × 224 are 2.4 MB, and 16 s of sound with a margin of 4 s at 32 kHz
 * are 2.6 MB. The encoder's batcher joins the chunks of several videos.
 */
export const ROWS_PER_CHUNK = 16;

/**
 * The rows of one of `parts` equal parts. Parts begin at chunk boundaries, so that their chunks are those of the whole video.
 * A part is empty when there are too few rows.
 */
export function rowsOfPart(rows: number, part: number, parts: number): RowRange {
  const begin = (index: number): number =>
    index === parts ? rows : Math.floor((index * rows) / parts / ROWS_PER_CHUNK) * ROWS_PER_CHUNK;
  return { first: begin(part), end: begin(part + 1) };
}
