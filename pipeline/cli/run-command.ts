import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { INTERRUPTED, abortOnInterrupt, printError, withTracing } from './command-action.js';
import { addRunOptions, redisOption, runOptionsOf, type RunFlags } from './options.js';
import { barDisplay, jsonDisplay, lineDisplay } from './run-display.js';
import { duration } from './terminal-text.js';
import type { RunOptions } from '../run/run-options.js';
import type { RunResult } from '../run/run-videos.js';

interface RunCommandFlags extends RunFlags {
  readonly engine: 'inline' | 'bullmq';
  readonly redis: string;
  readonly json: boolean;
}

const EXAMPLES = `
Examples:
  earsight run videos --out out                      every video below the folder
  earsight run a.mp4 list.txt --out out              a file, and the paths in a list
  earsight run videos --out out --labels mine.txt    one label a line, aliases after bars: Dog|Bark
  earsight run videos --out out --frames keyframes   much faster, coarser
  earsight run videos --out /shared/out --engine bullmq --redis redis://10.0.0.5:6379
  earsight run videos --out out --engine bullmq --store s3://bucket/earsight
  earsight run --out out -- -odd-name.mp4            names that begin with a dash, after --

Exit code: 0 all done, 2 some inputs failed and the rest were done, 1 usage or fatal, 130 interrupted.
`;

export function runCommand(): Command {
  const command = new Command('run')
    .description('watch and listen to videos; finished ones are passed by')
    .argument(
      '<input...>',
      'files, folders (walked recursively), or .txt lists: one path a line, relative to the list',
    );
  return addRunOptions(command)
    .addOption(
      new Option('--engine <engine>', 'work in this process, or let the workers of a Redis server work')
        .choices(['inline', 'bullmq'])
        .default('inline'),
    )
    .addOption(redisOption())
    .option('--json', 'one JSON object a line on standard output, nothing else', false)
    .addHelpText('after', EXAMPLES)
    .action(execute);
}

/** The inputs among the arguments of `earsight run`: those that are neither an option nor the value of one. */
export function inputsIn(args: readonly string[]): readonly string[] {
  return runCommand().parseOptions([...args]).operands;
}

async function execute(inputs: string[], flags: RunCommandFlags): Promise<void> {
  const display = flags.json ? jsonDisplay() : process.stderr.isTTY ? barDisplay(process.stderr) : lineDisplay();
  const signal = abortOnInterrupt(() => {
    display.stop();
    if (!flags.json) process.stderr.write('stopping; what is finished is kept\n');
  });
  try {
    // Imported only when needed, so that --help and --version are fast.
    const { run } = await import('../run/run.js');
    const options: RunOptions = { inputs, ...runOptionsOf(flags), signal, onEvent: (event) => display.show(event) };
    const result = await (flags.engine === 'bullmq'
      ? withTracing(async () => await run({ ...options, redis: flags.redis }))
      : run(options));
    display.stop();
    report(result, flags);
    process.exitCode = signal.aborted ? INTERRUPTED : result.summary.counts.failed > 0 ? 2 : 0;
  } catch (error) {
    display.stop();
    if (!signal.aborted) printError(error, flags.json);
    process.exitCode = signal.aborted ? INTERRUPTED : 1;
  }
}

function report({ summary }: RunResult, flags: RunCommandFlags): void {
  if (flags.json) {
    process.stdout.write(`${JSON.stringify({ type: 'summary', ...summary })}\n`);
    return;
  }
  const { done, failed, skipped } = summary.counts;
  const lines = [`${done} done, ${failed} failed, ${skipped} finished before, in ${duration(summary.wallSec)}`];
  const warnings = warningsLine(summary);
  if (warnings !== null) lines.push(warnings);
  const speed = speedLine(summary, flags.engine);
  if (speed !== null) lines.push(speed);
  const page = join(flags.out, 'index.html');
  lines.push(`report: ${existsSync(page) ? page : flags.out}`);
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Names the codes of all warnings with the number of their videos, also of videos that were finished before. */
export function warningsLine({ warningsPerCode }: Pick<RunResult['summary'], 'warningsPerCode'>): string | null {
  const codes = Object.entries(warningsPerCode).map(([code, videos]) => `${code} (${videos})`);
  return codes.length === 0 ? null : `warnings: ${codes.join(', ')}; each video's are in its events.json and report`;
}

/** Says how much of the networks' own speed the run reached; null when no network ran. */
export function speedLine(
  { counts, speedOfLight }: Pick<RunResult['summary'], 'counts' | 'speedOfLight'>,
  engine: RunCommandFlags['engine'],
): string | null {
  if (engine === 'bullmq') return counts.done === 0 ? null : 'speed of light: by workers, see their /metrics';
  if (speedOfLight === null) return null;
  const { achievedPerSec, barePerSec, ratio } = speedOfLight;
  const reached = `${Math.round(ratio * 100)} % of what the networks alone can do on this machine`;
  return `speed of light: ${reached} was reached (${achievedPerSec.toFixed(1)} of ${barePerSec.toFixed(1)} items/s)`;
}
