/** Lines that repeat or introduce another line carry no information of their own. */
const UNINFORMATIVE =
  /^(Last message repeated|Conversion failed|Exiting|Error while (decoding|opening)|At least one output|Error marking filters|Cannot determine format)/;

/** The line of ffmpeg's messages that says most, without memory addresses and file paths; null without messages. */
export function failureReason(stderr: readonly string[]): string | null {
  const lines = stderr.map(plain).filter((line) => line !== '' && !UNINFORMATIVE.test(line));
  // The last line is often a summary of the one before it: `x.mp4: Invalid data found when processing input`.
  const specific = lines.filter((line) => !/Invalid data found when processing input$/.test(line));
  return specific.at(-1) ?? lines.at(-1) ?? null;
}

function plain(line: string): string {
  return line
    .replace(/^\[([\w,]+) @ 0x[0-9a-f]+\] /, '$1: ')
    .replace(/file:\S*: /, '')
    .trim();
}

/**
 * The picture size that ffmpeg's libraries refused, as `30000 × 30000 pixels`; null when they refused none. They refuse
 * sizes that do not fit into 31 bits before our own limits apply, and ffprobe then reports nothing else about the file.
 */
export function refusedPictureSize(stderr: readonly string[]): string | null {
  for (const line of stderr) {
    const [, width, height] = /Picture size ([1-9]\d*)x([1-9]\d*) is invalid/.exec(line) ?? [];
    if (width !== undefined && height !== undefined) return `${width} × ${height} pixels`;
  }
  return null;
}
