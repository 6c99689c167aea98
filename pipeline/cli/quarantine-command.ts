import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { EarsightError } from '../../core/errors.js';
import type { Quarantine, QuarantineCase } from '../work/quarantine.js';
import { printError } from './command-action.js';
import { storeOption } from './options.js';
import { printable } from './terminal-text.js';

interface LocationFlags {
  readonly out?: string;
  readonly store?: string;
}

const EXAMPLES = `
Examples:
  earsight quarantine list --out out
  earsight quarantine list --store s3://bucket/earsight
  earsight quarantine show 9f86d0 --out out       what ffprobe says, and the worker's last words
  earsight quarantine release 9f86d0 --out out    let it try again; then submit or retry it
`;

export function quarantineCommand(): Command {
  return new Command('quarantine')
    .description('videos that ended two workers and are not tried again')
    .addCommand(
      sub('list', 'who is in it, and who is suspected', async (quarantine) => {
        const cases = await quarantine.list();
        for (const found of cases) print(lineOf(found, quarantine.isQuarantined(found)));
        // On stderr, because scripts read the lines of stdout.
        if (cases.length === 0) process.stderr.write('no video is in quarantine or suspected\n');
      }),
    )
    .addCommand(
      sub('show', 'everything known of one', async (quarantine, id) => {
        print(JSON.stringify(await find(quarantine, id), null, 2));
      }).argument('<sha256>', 'its hash, or the beginning of it'),
    )
    .addCommand(
      sub('release', 'forget what it did', async (quarantine, id) => {
        await quarantine.release((await find(quarantine, id)).sha256);
      }).argument('<sha256>', 'its hash, or the beginning of it'),
    )
    .addHelpText('after', EXAMPLES);
}

function sub(
  name: string,
  description: string,
  action: (quarantine: Quarantine, id: string) => Promise<void>,
): Command {
  return new Command(name)
    .description(description)
    .option('--out <dir>', 'output folder of the run')
    .addOption(storeOption())
    .action(async (...args: unknown[]) => {
      const command = args.at(-1);
      if (!(command instanceof Command)) return;
      try {
        const { Quarantine } = await import('../work/quarantine.js');
        const { openDocuments } = await import('../work/open-store.js');
        const documents = await openDocuments(locationOf(command.opts<LocationFlags>()));
        await action(new Quarantine(documents), command.args[0] ?? '');
      } catch (error) {
        printError(error, false);
        process.exitCode = 1;
      }
    });
}

/** @throws EarsightError EARSIGHT_USAGE, EARSIGHT_INPUT_MISSING. */
function locationOf({ out, store }: LocationFlags): string {
  if (store !== undefined && out === undefined) return store;
  if (store !== undefined || out === undefined)
    throw new EarsightError('EARSIGHT_USAGE', { reason: 'name the --out folder of the run, or its --store' });
  // Without this check a mistyped folder would look like an empty quarantine.
  if (!existsSync(out)) throw new EarsightError('EARSIGHT_INPUT_MISSING', { path: out });
  return resolve(out);
}

/** @throws EarsightError EARSIGHT_USAGE unless exactly one hash begins with `start`. */
async function find(quarantine: Quarantine, start: string): Promise<QuarantineCase> {
  const found = (await quarantine.list()).filter(({ sha256 }) => sha256.startsWith(start));
  const [first] = found;
  if (first === undefined || found.length > 1) {
    const many = found.length > 1 ? 'several videos' : 'no video';
    throw new EarsightError('EARSIGHT_USAGE', { reason: `the hash of ${many} in quarantine begins with ${start}` });
  }
  return first;
}

function lineOf({ sha256, input, deaths }: QuarantineCase, isQuarantined: boolean): string {
  const state = isQuarantined ? 'quarantined' : 'suspected';
  const last = deaths.at(-1);
  return `${sha256.slice(0, 16)} ${state} ${deaths.length} deaths, last ${last?.step ?? ''} ${last?.ending ?? ''}: ${printable(input)}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
