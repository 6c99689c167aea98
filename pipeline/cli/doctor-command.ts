import { Command } from 'commander';
import type { Finding } from './doctor-checks.js';
import { storeOption } from './options.js';
import { printable } from './terminal-text.js';

const MARKS = { ok: 'ok     ', lacking: 'missing', optional: '-      ' } as const;

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('what is here, what is missing, and how to add it')
    .addOption(storeOption())
    .option('--json', 'one JSON object a line on standard output', false)
    .addHelpText('after', '\nExit code: 0 when videos can be worked on, 1 when something needed is missing.\n')
    .action(async (flags: { readonly json: boolean; readonly store?: string }) => {
      // Imported only when needed, so that the other commands start fast.
      const { checkDevices, checkDisk, checkFfmpeg, checkNode, checkPacks, checkRedis, checkStore } =
        await import('./doctor-checks.js');
      const { store } = flags;
      const storeChecks = store === undefined ? [] : [async () => await checkStore(store)];
      let lacking = false;
      for (const check of [checkNode, checkFfmpeg, checkDevices, checkPacks, checkRedis, ...storeChecks, checkDisk])
        for (const finding of await check()) {
          lacking ||= finding.state === 'lacking';
          process.stdout.write(`${flags.json ? JSON.stringify(finding) : lineOf(finding)}\n`);
        }
      process.exitCode = lacking ? 1 : 0;
    });
}

function lineOf({ what, state, found, advice }: Finding): string {
  const line = `${MARKS[state]} ${what.padEnd(10)} ${printable(found)}`;
  return advice === '' ? line : `${line}\n${' '.repeat(19)}${printable(advice)}`;
}
