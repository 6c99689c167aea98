/**
 * Turns the small rgb24 stream into one row of numbers a frame while ffmpeg still decodes, so that nobody stores or
 * decodes that stream again. One meter a video: it remembers the previous frame.
 */
export interface FrameMeter {
  /** Names of the numbers of a row, in order. */
  readonly columns: readonly string[];
  /**
   * @param rgb height × width × 3 uint8, read before the call returns and not kept
   * @param row receives `columns.length` numbers
   */
  measure(rgb: Uint8Array, width: number, height: number, row: Float32Array): void;
}
