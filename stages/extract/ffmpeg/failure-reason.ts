/** Lines that repeat or introduce another say nothing by themselves. */
const EMPTY_WORDS =
  /^(Last message repeated|Conversion failed|Exiting|Error while (decoding|opening)|At least one output|Error marking filters|Cannot determine format)/;

/** The line of ffmpeg's messages that a person wants to read, without addresses and our own path; null for silence. */
export function failureReason(stderr: readonly string[]): string | null {
  const lines = stderr.map(plain).filter((line) => line !== '' && !EMPTY_WORDS.test(line));
  // The last line is often a summary of the one before it: `x.mp4: Invalid data found when processing input`.
  const telling = lines.filter((line) => !/Invalid data found when processing input$/.test(line));
  return telling.at(-1) ?? lines.at(-1) ?? null;
}

function plain(line: string): string {
  return line
    .replace(/^\[([\w,]+) @ 0x[0-9a-f]+\] /, '$1: ')
    .replace(/file:\S*: /, '')
    .trim();
}

/**
 * The picture size that the libraries refused, as `30000 × 30000 pixels`; null when they did not. They refuse what would not
 * fit 31 bits before any limit of ours is asked, and then ffprobe tells nothing else of the file.
 */
export function refusedPictureSize(stderr: readonly string[]): string | null {
  for (const line of stderr) {
    const [, width, height] = /Picture size ([1-9]\d*)x([1-9]\d*) is invalid/.exec(line) ?? [];
    if (width !== undefined && height !== undefined) return `${width} × ${height} pixels`;
  }
  return null;
}
