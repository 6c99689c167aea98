import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { INTERRUPTED, abortOnInterrupt } from './interrupt.js';
import { printError } from './print-error.js';
import { barDisplay, jsonDisplay, lineDisplay } from './run-display.js';
import { duration } from './terminal-text.js';
import type { RunResult } from '../run/run-videos.js';

/** Segments shorter than this hold no frame of their own at usual rates; longer ones than an hour are a typing error. */
const SEGMENT_RANGE_SEC = [0.1, 3600] as const;

interface RunFlags {
  readonly out: string;
  readonly pack: readonly string[];
  readonly device: 'auto' | 'cpu' | 'webgpu' | 'cuda';
  readonly labels?: string;
  readonly segment: number;
  readonly frames: 'all' | 'keyframes';
  readonly timeout?: number;
  readonly offline: boolean;
  readonly force: boolean;
  readonly json: boolean;
}

const EXAMPLES = `
Examples:
  earsight run videos --out out                      every video below the folder
  earsight run a.mp4 list.txt --out out              a file, and the paths in a list
  earsight run videos --out out --labels mine.txt    one label a line, aliases after bars: Dog|Bark
  earsight run videos --out out --frames keyframes   much faster, coarser
  earsight run --out out -- -odd-name.mp4            names that begin with a dash, after --

Exit code: 0 all done, 2 some inputs failed and the rest were done, 1 usage or fatal, 130 interrupted.
`;

export function runCommand(): Command {
  return new Command('run')
    .description('watch and listen to videos; finished ones are passed by')
    .argument('<input...>', 'files, folders (walked recursively), or .txt lists with one path a line')
    .requiredOption('--out <dir>', 'folder for the results')
    .option('--pack <name|path>', 'pack of networks, may be repeated; without it clip-clap, else built-in', collect, [])
    .option('--labels <file>', "label list, one a line, aliases after bars; without it LLP's 25 classes")
    .option('--segment <seconds>', 'length of a segment', segmentLength, 1)
    .addOption(new Option('--frames <mode>', 'which frames to decode').choices(['all', 'keyframes']).default('all'))
    .addOption(
      new Option('--device <device>', 'where networks run; one asked for by name must be there')
        .choices(['auto', 'cpu', 'webgpu', 'cuda'])
        .default('auto'),
    )
    .option('--timeout <seconds>', 'give up decoding a file after this long (default: two hours)', positive)
    .option('--offline', 'never touch the network', false)
    .option('--force', 'do everything anew, finished or not', false)
    .option('--json', 'one JSON object a line on standard output, nothing else', false)
    .addHelpText('after', EXAMPLES)
    .action(execute);
}

async function execute(inputs: string[], flags: RunFlags): Promise<void> {
  const display = flags.json ? jsonDisplay() : process.stderr.isTTY ? barDisplay() : lineDisplay();
  const signal = abortOnInterrupt(() => {
    display.stop();
    if (!flags.json) process.stderr.write('stopping; what is finished is kept\n');
  });
  try {
    // Imported late: --help and --version stay quick.
    const { run } = await import('../run/run.js');
    const result = await run({
      inputs,
      out: flags.out,
      packs: flags.pack,
      device: flags.device,
      ...(flags.labels === undefined ? {} : { labels: flags.labels }),
      segmentSec: flags.segment,
      frames: flags.frames,
      ...(flags.timeout === undefined ? {} : { timeoutSec: flags.timeout }),
      offline: flags.offline,
      force: flags.force,
      signal,
      onEvent: (event) => display.take(event),
    });
    display.stop();
    report(result, flags);
    process.exitCode = signal.aborted ? INTERRUPTED : result.summary.counts.failed > 0 ? 2 : 0;
  } catch (error) {
    display.stop();
    if (!signal.aborted) printError(error, flags.json);
    process.exitCode = signal.aborted ? INTERRUPTED : 1;
  }
}

function report({ summary }: RunResult, flags: RunFlags): void {
  if (flags.json) {
    process.stdout.write(`${JSON.stringify({ type: 'summary', ...summary })}\n`);
    return;
  }
  const { done, failed, skipped } = summary.counts;
  const lines = [`${done} done, ${failed} failed, ${skipped} finished before, in ${duration(summary.wallSec)}`];
  if (summary.speedOfLight !== null) {
    const { achievedPerSec, barePerSec, ratio } = summary.speedOfLight;
    lines.push(
      `speed of light: ${achievedPerSec.toFixed(1)} of ${barePerSec.toFixed(1)} items/s, ratio ${ratio.toFixed(2)}`,
    );
  }
  const page = join(flags.out, 'index.html');
  lines.push(`report: ${existsSync(page) ? page : flags.out}`);
  process.stdout.write(`${lines.join('\n')}\n`);
}

function segmentLength(text: string): number {
  const seconds = positive(text);
  if (!(seconds >= SEGMENT_RANGE_SEC[0] && seconds <= SEGMENT_RANGE_SEC[1]))
    throw new InvalidArgumentError(`seconds from ${SEGMENT_RANGE_SEC[0]} to ${SEGMENT_RANGE_SEC[1]}`);
  return seconds;
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function positive(text: string): number {
  const seconds = /^\d+(\.\d{1,6})?$/.test(text) ? Number(text) : 0;
  if (!(seconds > 0)) throw new InvalidArgumentError('seconds, above 0');
  return seconds;
}
