import { randomBytes } from 'node:crypto';

let lastMs = 0;
let sequence = 0;
/** The counter has four hexadecimal digits. When it is used up within one millisecond, ids continue in the next one. */
const LAST_SEQUENCE = 0xffff;

/**
 * Makes an id that sorts by time of submission, even when the clock was set back, cannot be guessed, and is valid in every
 * queue: it begins with a letter and holds lower-case hexadecimal digits only (BullMQ allows no colon). It has 11 digits of
 * milliseconds (enough until the year 2500), 4 digits of a counter within one millisecond, and 64 random bits.
 */
export function newJobId(nowMs = Date.now()): string {
  const next = sequence === LAST_SEQUENCE ? lastMs + 1 : lastMs;
  sequence = Math.max(nowMs, next) > lastMs ? 0 : sequence + 1;
  lastMs = Math.max(nowMs, next);
  return `j${hex(lastMs, 11)}${hex(sequence, 4)}${randomBytes(8).toString('hex')}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
