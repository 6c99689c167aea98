import { resolve } from 'node:path';
import { Command } from 'commander';
import { EarsightError } from '../errors.js';
import type { Quarantine, QuarantineCase } from '../run/quarantine.js';
import { printError } from './print-error.js';
import { printable } from './terminal-text.js';

interface OutFlag {
  readonly out: string;
}

const EXAMPLES = `
Examples:
  earsight quarantine list --out out
  earsight quarantine show 9f86d0 --out out       what ffprobe says, and the worker's last words
  earsight quarantine release 9f86d0 --out out    let it try again; then submit or retry it
`;

export function quarantineCommand(): Command {
  return new Command('quarantine')
    .description('videos that ended two workers and are not tried again')
    .addCommand(
      sub('list', 'who is in it, and who is suspected', async (desk) => {
        for (const found of await desk.list()) print(lineOf(found, desk.refuses(found)));
      }),
    )
    .addCommand(
      sub('show', 'everything known of one', async (desk, id) => {
        print(JSON.stringify(await find(desk, id), null, 2));
      }).argument('<sha256>', 'its hash, or the beginning of it'),
    )
    .addCommand(
      sub('release', 'forget what it did', async (desk, id) => {
        await desk.release((await find(desk, id)).sha256);
      }).argument('<sha256>', 'its hash, or the beginning of it'),
    )
    .addHelpText('after', EXAMPLES);
}

function sub(name: string, description: string, act: (desk: Quarantine, id: string) => Promise<void>): Command {
  return new Command(name)
    .description(description)
    .requiredOption('--out <dir>', 'output folder of the run')
    .action(async (...given: unknown[]) => {
      const command = given.at(-1);
      if (!(command instanceof Command)) return;
      try {
        const { Quarantine } = await import('../run/quarantine.js');
        await act(new Quarantine(resolve(command.opts<OutFlag>().out)), command.args[0] ?? '');
      } catch (error) {
        printError(error, false);
        process.exitCode = 1;
      }
    });
}

/** @throws EarsightError EARSIGHT_JOB_UNKNOWN unless exactly one begins so. */
async function find(desk: Quarantine, start: string): Promise<QuarantineCase> {
  const found = (await desk.list()).filter(({ sha256 }) => sha256.startsWith(start));
  const [first] = found;
  if (first === undefined || found.length > 1) throw new EarsightError('EARSIGHT_JOB_UNKNOWN', { id: start });
  return first;
}

function lineOf({ sha256, input, deaths }: QuarantineCase, isFatal: boolean): string {
  const state = isFatal ? 'quarantined' : 'suspected';
  const last = deaths.at(-1);
  return `${sha256.slice(0, 16)} ${state} ${deaths.length} deaths, last ${last?.step ?? ''} ${last?.ending ?? ''}: ${printable(input)}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
