import { Argument, Command, Help } from 'commander';
import { BUILT_IN } from '../../models/packs/built-in.js';
import { PULLABLE } from '../../models/packs/pull/pack-source.js';
import type { ResolvedModel } from '../../models/packs/resolve-packs.js';
import { INTERRUPTED, abortOnInterrupt, printError } from './command-action.js';
import { megabytes, printable } from './terminal-text.js';

/** Line width when the output is not a terminal. */
const DEFAULT_COLUMNS = 100;
const INDENT = 4;

export function packsCommand(): Command {
  return new Command('packs')
    .description('the networks behind the labels')
    .addCommand(new Command('list').description('packs that are here').action(list))
    .addCommand(
      new Command('show')
        .description("a pack's networks, roles, licences and hashes; every file is checked")
        .argument('<name|path>', 'a pulled pack, or the folder of one')
        .action(show),
    )
    .addCommand(
      new Command('pull')
        .description('fetch a pack from the model hub; goes on where an earlier try stopped')
        .addArgument(
          new Argument('<name>', `which; ${BUILT_IN} comes with earsight and needs no pull`).choices([
            ...PULLABLE.map(({ name }) => name),
            BUILT_IN,
          ]),
        )
        .action(pull),
    );
}

async function list(): Promise<void> {
  const { listPacks } = await import('../../models/packs/list-packs.js');
  const packs = await listPacks();
  for (const { name, roles, folder } of packs) print(`${name}: ${roles.join(', ')} (${folder})`);
  if (packs.length === 0) print('none yet: `earsight packs pull clip-clap` fetches the default one');
}

async function show(nameOrPath: string): Promise<void> {
  const { resolvePacks } = await import('../../models/packs/resolve-packs.js');
  try {
    const { names, models } = await resolvePacks([nameOrPath]);
    print(`${names.join()}: all files have the SHA-256 they should`);
    for (const model of models) {
      const { identity, manifest } = model;
      print(`  ${identity.role}: ${identity.name}, ${identity.licence}, ${identity.sha256.slice(0, 16)}`);
      if (manifest.source !== undefined) print(`    from ${manifest.source} ${manifest.revision ?? ''}`);
      for (const line of await labelsOf(model)) print(`${' '.repeat(INDENT)}${line}`);
    }
  } catch (error) {
    printError(error, false);
    process.exitCode = 1;
  }
}

/** The labels that a network can find, as lines that help to write a label list. */
async function labelsOf(model: ResolvedModel): Promise<readonly string[]> {
  const { classNamesOf } = await import('../../models/manifest/label-file.js');
  const { role } = model.identity;
  if (role === 'image-text' || role === 'audio-text') return ['any label, by its name'];
  const classes = await classNamesOf(model);
  if (classes === null) return [];
  const width = (process.stdout.isTTY ? process.stdout.columns : DEFAULT_COLUMNS) - INDENT;
  return new Help().boxWrap(`${classes.length} classes: ${classes.join('; ')}`, width).split('\n');
}

async function pull(name: string): Promise<void> {
  if (name === BUILT_IN) {
    print(`${BUILT_IN} comes with earsight and needs no pull`);
    return;
  }
  const { pullPack } = await import('../../models/packs/pull/pull-pack.js');
  const signal = abortOnInterrupt(() => undefined);
  let shown = '';
  try {
    const folder = await pullPack(name, {
      signal,
      onProgress: ({ file, receivedBytes, totalBytes }) => {
        const amount = `${megabytes(receivedBytes)}${totalBytes === null ? '' : ` of ${megabytes(totalBytes)}`}`;
        if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${printable(file)} ${amount}`);
        else if (shown !== file) process.stderr.write(`${printable((shown = file))}\n`);
      },
    });
    if (process.stderr.isTTY) process.stderr.write('\n');
    print(`${name} is in ${folder}`);
  } catch (error) {
    if (!signal.aborted) printError(error, false);
    process.exitCode = signal.aborted ? INTERRUPTED : 1;
  }
}

function print(line: string): void {
  process.stdout.write(`${printable(line)}\n`);
}
