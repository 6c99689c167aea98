import { Command, InvalidArgumentError, Option } from 'commander';
import { EarsightError } from '../../core/errors.js';
import { printError } from './command-action.js';
import { printable } from './terminal-text.js';
import type { Scope } from '../../server/caller.js';

const EXAMPLES = `
Examples:
  earsight keys create --name lab --scope submit --scope read
  earsight keys create --name ops --scope admin
  earsight keys create --name ci --scope submit --rate 600 --quota 20
  earsight keys list
  earsight keys revoke 1a2b3c4d

submit: hand in jobs and look after one's own. read: see everybody's. admin: everything.
A running server follows within a second. Revoking the last key opens nothing until it is started again.
`;

interface CreateFlags {
  readonly data: string;
  readonly name: string;
  readonly scope: readonly Scope[];
  readonly rate?: number;
  readonly quota?: number;
}

export function keysCommand(): Command {
  const command = new Command('keys').description('API keys of the server').addHelpText('after', EXAMPLES);
  command
    .command('create')
    .description('make a key; it is shown this once')
    .addOption(dataOption())
    .requiredOption('--name <name>', 'whose it is')
    // A default value would satisfy `requiredOption`, so there is none.
    .requiredOption('--scope <scope>', 'submit, read or admin; may be repeated', collectScope)
    .option('--rate <number>', 'requests a minute (default: 6000)', count)
    .option('--quota <number>', 'unfinished jobs at once (default: 100)', count)
    .action(printingErrors(create));
  command.command('list').description('the keys there are').addOption(dataOption()).action(printingErrors(list));
  command
    .command('revoke')
    .description('end a key')
    .argument('<id>', 'as `earsight keys list` shows it')
    .addOption(dataOption())
    .action(printingErrors(revoke));
  return command;
}

async function create(flags: CreateFlags): Promise<void> {
  const { keys, data, serverSecret, webhookSecret } = await openKeys(flags.data);
  const { key, record } = await keys.create({
    name: flags.name,
    scopes: flags.scope,
    ...(flags.rate === undefined ? {} : { ratePerMinute: flags.rate }),
    ...(flags.quota === undefined ? {} : { quota: flags.quota }),
  });
  const secret = webhookSecret(await serverSecret(data.secret), record.id);
  process.stdout.write(`key: ${key}\nwebhook secret: ${secret}\n`);
  process.stderr.write('Keep the key now: only its hash is stored.\n');
}

async function list(flags: { readonly data: string }): Promise<void> {
  const { keys } = await openKeys(flags.data);
  for (const { id, name, scopes, ratePerMinute, quota, createdAt } of keys.list())
    process.stdout.write(
      `${id}  ${scopes.join(',').padEnd(17)}  ${ratePerMinute}/min  ${quota} jobs  ${createdAt.slice(0, 10)}  ${printable(name)}\n`,
    );
}

async function revoke(id: string, flags: { readonly data: string }): Promise<void> {
  const { keys } = await openKeys(flags.data);
  if (!(await keys.revoke(id))) throw new EarsightError('EARSIGHT_USAGE', { reason: `no key ${id}` });
  process.stdout.write(`${id} is revoked\n`);
}

/** The server is imported only when needed, so that --help is fast. */
async function openKeys(path: string) {
  const { ApiKeys } = await import('../../server/security/api-keys.js');
  const { DataFolder } = await import('../../server/data-folder.js');
  const { serverSecret } = await import('../../server/server-secret.js');
  const { webhookSecret } = await import('../../server/webhooks.js');
  const data = await DataFolder.open(path);
  return { keys: await ApiKeys.open(data.keys), data, serverSecret, webhookSecret };
}

function printingErrors<Args extends unknown[]>(action: (...args: Args) => Promise<void>) {
  return async (...args: Args): Promise<void> => {
    try {
      await action(...args);
    } catch (error) {
      printError(error, false);
      process.exitCode = 1;
    }
  };
}

function dataOption(): Option {
  return new Option('--data <dir>', "the server's folder").default('./earsight-data');
}

function collectScope(value: string, previous: readonly Scope[] = []): readonly Scope[] {
  if (value !== 'submit' && value !== 'read' && value !== 'admin')
    throw new InvalidArgumentError('submit, read or admin');
  return [...previous, value];
}

function count(text: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (!(value > 0)) throw new InvalidArgumentError('a whole number, above 0');
  return value;
}
