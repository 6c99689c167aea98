import { toEarsightError } from '../../core/errors.js';
import { printable } from './terminal-text.js';

/** Code, message and advice; a stack only for who asks for it with EARSIGHT_DEBUG. */
export function printError(thrown: unknown, json: boolean): void {
  const error = toEarsightError(thrown);
  if (json) {
    const { code, message, advice } = error;
    process.stdout.write(`${JSON.stringify({ type: 'error', code, message, advice })}\n`);
  } else {
    process.stderr.write(`${error.code}: ${printable(error.message)}\n  ${error.advice}\n`);
  }
  if (process.env['EARSIGHT_DEBUG'] !== undefined) console.error(thrown);
}
