#!/usr/bin/env node
import { Command } from 'commander';
import { VERSION } from '../version.js';
import { printError } from './print-error.js';
import { runCommand } from './run-command.js';

const program = new Command('earsight')
  .description('Watches and listens to videos: what is heard and seen, second by second.')
  .version(VERSION)
  .showHelpAfterError('(earsight --help shows what there is)')
  .addCommand(runCommand());

try {
  await program.parseAsync();
} catch (error) {
  printError(error, false);
  process.exitCode = 1;
}
