import ffmpeg from 'fluent-ffmpeg';

export interface FfmpegInput {
  /** Absolute path of a regular file. */
  readonly path: string;
  /** One of the demuxers `sniffContainer` answers with: ffmpeg must not guess. */
  readonly demuxer: string;
  readonly options: readonly string[];
}

export interface FfmpegOutput {
  readonly options: readonly string[];
  readonly format: string;
  /** `pipe:3` or `file:/absolute/path`. */
  readonly target: string;
}

/** The largest single allocation of the libraries: four 8K frames of 16-bit RGBA. */
const MAX_ALLOCATION_BYTES = 2 ** 30;

/** Said by every command: no stdin, no network, no banner, errors only. */
export const SAFETY_OPTIONS: readonly string[] = [
  '-hide_banner',
  '-loglevel',
  'error',
  '-max_alloc',
  `${MAX_ALLOCATION_BYTES}`,
];

/** What must stand before the input of ffmpeg and ffprobe alike. */
export function inputSafetyOptions(demuxer: string): readonly string[] {
  return ['-protocol_whitelist', 'file,pipe', '-f', demuxer];
}

/** `file:` and an absolute path: a name that begins with `-` or looks like a protocol stays a name. */
export function fileTarget(path: string): string {
  return `file:${path}`;
}

/**
 * One ffmpeg command line, composed by fluent-ffmpeg. Each filter graph stands in its own `-filter_complex`, so that a
 * change of the sound's layout in mid-file does not restart the picture's filters.
 */
export function composeArguments(
  input: FfmpegInput,
  filterGraphs: readonly string[],
  outputs: readonly FfmpegOutput[],
): string[] {
  // fluent-ffmpeg splits an option at its space when it comes alone: always hand it two or more.
  const command = ffmpeg()
    .input(fileTarget(input.path))
    .inputOptions(
      '-nostdin',
      ...SAFETY_OPTIONS,
      '-progress',
      'pipe:1',
      ...filterGraphs.flatMap((graph) => ['-filter_complex', graph]),
      ...input.options,
      ...inputSafetyOptions(input.demuxer),
    );
  for (const output of outputs)
    command.output(output.target).outputOptions(...output.options, '-sn', '-dn', '-f', output.format);
  return command._getArguments();
}
