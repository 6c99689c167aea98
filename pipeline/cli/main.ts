#!/usr/bin/env node
import { Command } from 'commander';
import { VERSION } from '../version.js';
import { doctorCommand } from './doctor-command.js';
import { cancelCommand, limitCommand, retryCommand, statusCommand } from './fleet-commands.js';
import { printError } from './print-error.js';
import { keysCommand } from './keys-command.js';
import { packsCommand } from './packs-command.js';
import { quarantineCommand } from './quarantine-command.js';
import { runCommand } from './run-command.js';
import { serveCommand } from './serve-command.js';
import { submitCommand } from './submit-command.js';
import { workerCommand } from './worker-command.js';

const program = new Command('earsight')
  .description('Watches and listens to videos: what is heard and seen, second by second.')
  .version(VERSION)
  .showHelpAfterError('(earsight --help shows what there is)')
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

try {
  await program.parseAsync();
} catch (error) {
  printError(error, false);
  process.exitCode = 1;
}
