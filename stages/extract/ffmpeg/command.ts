import ffmpeg from 'fluent-ffmpeg';

export interface FfmpegInput {
  /** Absolute path of a regular file. */
  readonly path: string;
  /** A demuxer that `sniffContainer` returned, because ffmpeg must not guess. */
  readonly demuxer: string;
  readonly options: readonly string[];
}

export interface FfmpegOutput {
  readonly options: readonly string[];
  readonly format: string;
  /** `pipe:3` or `file:/absolute/path`. */
  readonly target: string;
}

/** The largest single allocation that ffmpeg's libraries may make: four 8K frames of 16-bit RGBA. */
const MAX_ALLOCATION_BYTES = 2 ** 30;

/** Options of every command: no banner, errors only, and a limit on allocations. */
export const SAFETY_OPTIONS: readonly string[] = [
  '-hide_banner',
  '-loglevel',
  'error',
  '-max_alloc',
  `${MAX_ALLOCATION_BYTES}`,
];

/** Options that must stand before the input of ffmpeg and ffprobe alike: no network, and a fixed demuxer. */
export function inputSafetyOptions(demuxer: string): readonly string[] {
  return ['-protocol_whitelist', 'file,pipe', '-f', demuxer];
}

/** `file:` and an absolute path, so that a name which begins with `-` or looks like a protocol stays a name. */
export function fileTarget(path: string): string {
  return `file:${path}`;
}

/**
 * Composes one ffmpeg command line with fluent-ffmpeg. Each filter graph gets its own `-filter_complex`, so that a change of
 * the sound's channel layout in mid-file does not restart the picture's filters.
 */
export function composeArguments(
  input: FfmpegInput,
  filterGraphs: readonly string[],
  outputs: readonly FfmpegOutput[],
): string[] {
  // fluent-ffmpeg splits an option at its spaces when it is the only argument, so pass two or more.
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
