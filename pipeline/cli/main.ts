#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { VERSION } from '../../core/version.js';
import { asOutputError } from '../../core/store/artefact-store.js';
import { doctorCommand } from './doctor-command.js';
import { cancelCommand, limitCommand, retryCommand, statusCommand } from './fleet-commands.js';
import { printError } from './command-action.js';
import { keysCommand } from './keys-command.js';
import { packsCommand } from './packs-command.js';
import { quarantineCommand } from './quarantine-command.js';
import { runCommand } from './run-command.js';
import { serveCommand } from './serve-command.js';
import { submitCommand } from './submit-command.js';
import { workerCommand } from './worker-command.js';

/** 128 + SIGPIPE, as shells report it. */
const BROKEN_PIPE = 141;

const ENVIRONMENT = `
Environment:
  EARSIGHT_CACHE      folder for packs, imported networks and what workers fetch
                      (default: earsight in $XDG_CACHE_HOME, else in ~/.cache)
  EARSIGHT_HUB        address of the model hub, or of a mirror of it, that packs are pulled from
  EARSIGHT_FFMPEG     another ffmpeg than the first on PATH; EARSIGHT_FFPROBE another ffprobe
  EARSIGHT_DEBUG      set to anything: errors come with their stack
  REDIS_URL           for every command with --redis
  AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_PROFILE …
                      server and keys for --store
  OTEL_EXPORTER_OTLP_ENDPOINT
                      collector that traces of work with Redis are sent to, as OTEL_SERVICE_NAME
`;

const program = new Command('earsight')
  .description('Watches and listens to videos: what is heard and seen, second by second.')
  .version(VERSION)
  .addHelpText('after', ENVIRONMENT)
  .addCommand(runCommand())
  .addCommand(serveCommand())
  .addCommand(keysCommand())
  .addCommand(workerCommand())
  .addCommand(submitCommand())
  .addCommand(statusCommand())
  .addCommand(cancelCommand())
  .addCommand(retryCommand())
  .addCommand(limitCommand())
  .addCommand(quarantineCommand())
  .addCommand(packsCommand())
  .addCommand(doctorCommand());
hintAfterErrors(program, 'earsight');
for (const [stream, name] of [
  [process.stdout, 'standard output'],
  [process.stderr, 'standard error'],
] as const)
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // The reader closed the pipe (for example `head`): exit without an error.
    if (error.code === 'EPIPE') process.exit(BROKEN_PIPE);
    if (stream === process.stdout) printError(asOutputError(error, name), false);
    process.exit(1);
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) printError(error, false);
  process.exitCode = error instanceof CommanderError ? error.exitCode : 1;
}

/**
 * Set on every command, because `addCommand` passes no settings on, and because each has its own --help. Without the
 * override, commander would end the process right after --help, before a failed write is noticed.
 */
function hintAfterErrors(command: Command, name: string): void {
  command.showHelpAfterError(`(see ${name} --help)`).exitOverride();
  for (const sub of command.commands) hintAfterErrors(sub, `${name} ${sub.name()}`);
}
