import { randomBytes } from 'node:crypto';

let lastMs = 0;
let sequence = 0;
/** More in one millisecond, or while a clock that was set back catches up, go on in the next. */
const LAST_SEQUENCE = 0xffff;

/**
 * Sorts by time of submission, cannot be guessed, and suits every queue: a letter first, no colon, lower-case hex.
 * 11 digits of milliseconds (until the year 2500), 4 of a counter within one, 64 random bits.
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
