import { InvalidArgumentError, Option, type Command } from 'commander';
import type { RunOptions } from '../run/run-options.js';

/** At usual frame rates a shorter segment holds no frame of its own; one longer than an hour is a typing error. */
const SEGMENT_RANGE_SEC = [0.1, 3600] as const;

/** Options that decide the results, on the command line of every process that may make them. */
export interface SettingFlags {
  readonly pack: readonly string[];
  readonly labels?: string;
  readonly segment: number;
  readonly frames: 'all' | 'keyframes';
  readonly detector?: 'adaptive' | 'content';
  readonly threshold?: number;
  readonly minShot?: number;
  readonly device: 'auto' | 'cpu' | 'webgpu' | 'cuda';
  readonly timeout?: number;
  readonly store?: string;
  readonly offline: boolean;
}

/** The further options of `run` and `submit`: where the results go, and whether finished ones are made again. */
export interface RunFlags extends SettingFlags {
  readonly out: string;
  readonly force: boolean;
}

/** `--redis`, for every command that talks to a fleet. */
export function redisOption(): Option {
  return new Option('--redis <url>', 'address of the Redis server').env('REDIS_URL').default('redis://127.0.0.1:6379');
}

/** `--store`, for every command that must know where the work of a fleet is kept. A worker reads it from the jobs. */
export function storeOption(): Option {
  return new Option(
    '--store <url>',
    's3://bucket/prefix, for workers that share no folder; server and keys from AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID …',
  );
}

export function addSettingOptions(command: Command): Command {
  return command
    .option(
      '--pack <name|path>',
      'pack of networks, may be repeated; without it clip-clap, else built-in; none: no networks',
      collect,
      [],
    )
    .option(
      '--labels <file>',
      'label list, one a line, aliases after bars; without it 25 everyday sights and sounds (the classes of the LLP data set)',
    )
    .option('--segment <seconds>', 'length of a segment', segmentLength, 1)
    .addOption(new Option('--frames <mode>', 'which frames to decode').choices(['all', 'keyframes']).default('all'))
    .addOption(
      new Option('--detector <detector>', 'how cuts are found (default: adaptive; key frames alone: content)').choices([
        'adaptive',
        'content',
      ]),
    )
    .option(
      '--threshold <number>',
      'change that makes a cut: times its neighbours for adaptive (default: 3), 0 to 255 for content (default: 27)',
      decimal,
    )
    .option('--min-shot <seconds>', 'shortest shot, 0 for no minimum (default: 15 frames)', decimal)
    .addOption(
      new Option('--device <device>', 'where networks run; one asked for by name must be there')
        .choices(['auto', 'cpu', 'webgpu', 'cuda'])
        .default('auto'),
    )
    .option('--timeout <seconds>', 'give up decoding a file after this long (default: two hours)', positive)
    .addOption(storeOption())
    .option('--offline', 'never touch the network for packs', false);
}

export function addRunOptions(command: Command): Command {
  return addSettingOptions(command.requiredOption('--out <dir>', 'folder for the results')).option(
    '--force',
    'do everything anew, finished or not',
    false,
  );
}

export function settingsOf(flags: SettingFlags): Omit<RunOptions, 'inputs' | 'out'> {
  return {
    packs: flags.pack,
    device: flags.device,
    ...(flags.labels === undefined ? {} : { labels: flags.labels }),
    segmentSec: flags.segment,
    frames: flags.frames,
    ...(flags.detector === undefined ? {} : { detector: flags.detector }),
    ...(flags.threshold === undefined ? {} : { threshold: flags.threshold }),
    ...(flags.minShot === undefined ? {} : { minShotSec: flags.minShot }),
    ...(flags.timeout === undefined ? {} : { timeoutSec: flags.timeout }),
    ...(flags.store === undefined ? {} : { store: flags.store }),
    offline: flags.offline,
  };
}

export function runOptionsOf(flags: RunFlags): Omit<RunOptions, 'inputs'> {
  return { ...settingsOf(flags), out: flags.out, force: flags.force };
}

function segmentLength(text: string): number {
  const seconds = positive(text);
  if (!(seconds >= SEGMENT_RANGE_SEC[0] && seconds <= SEGMENT_RANGE_SEC[1]))
    throw new InvalidArgumentError(`seconds from ${SEGMENT_RANGE_SEC[0]} to ${SEGMENT_RANGE_SEC[1]}`);
  return seconds;
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

/** Any decimal number; the run checks its range, as it does for the library. */
function decimal(text: string): number {
  if (!/^-?\d+(\.\d{1,6})?$/.test(text)) throw new InvalidArgumentError('a number');
  return Number(text);
}

function positive(text: string): number {
  const seconds = /^\d+(\.\d{1,6})?$/.test(text) ? Number(text) : 0;
  if (!(seconds > 0)) throw new InvalidArgumentError('seconds, above 0');
  return seconds;
}
