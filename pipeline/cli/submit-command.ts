import { Command } from 'commander';
import { printError, withTracing } from './command-action.js';
import { addRunOptions, redisOption, runOptionsOf, type RunFlags } from './options.js';
import { printPackEvents } from './run-display.js';
import { printable } from './terminal-text.js';

const EXAMPLES = `
Examples:
  earsight submit videos --out /shared/out --redis redis://10.0.0.5:6379
  earsight submit a.mp4 --out /shared/out --json
  earsight submit videos --out out --store s3://bucket/earsight

Prints an id for each video that there is something to do for. \`earsight status\` tells how they fare; \`earsight run\`
of the same folder later writes the index and does what is missing.

Exit code: 0 submitted, 2 some inputs were refused, 1 usage or fatal.
`;

export function submitCommand(): Command {
  const command = new Command('submit')
    .description('give videos to the workers of a Redis server, and do not wait')
    .argument(
      '<input...>',
      'files, folders (walked recursively), or .txt lists: one path a line, relative to the list',
    );
  return addRunOptions(command)
    .addOption(redisOption())
    .option('--json', 'one JSON object a line', false)
    .addHelpText('after', EXAMPLES)
    .action(async (inputs: string[], flags: RunFlags & { readonly redis: string; readonly json: boolean }) => {
      try {
        const { submit } = await import('../run/submit.js');
        const onEvent = flags.json ? () => undefined : printPackEvents;
        const options = { inputs, ...runOptionsOf(flags), redis: flags.redis, onEvent };
        const { jobs, rows } = await withTracing(async () => await submit(options));
        for (const { id, input } of jobs)
          print(flags.json ? JSON.stringify({ id, input }) : `${id} ${printable(input)}`);
        for (const row of rows)
          print(flags.json ? JSON.stringify(row) : `${row.status} ${printable(row.input)} ${row.error?.code ?? ''}`);
        process.exitCode = rows.some(({ status }) => status === 'failed') ? 2 : 0;
      } catch (error) {
        printError(error, flags.json);
        process.exitCode = 1;
      }
    });
}

function print(line: string): void {
  process.stdout.write(`${line.trimEnd()}\n`);
}
