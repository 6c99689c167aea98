import { randomBytes } from 'node:crypto';

let lastMs = 0;
let sequence = 0;

/**
 * Sorts by time of submission, cannot be guessed, and suits every queue: a letter first, no colon, lower-case hex.
 * 11 digits of milliseconds (until the year 2500), 4 of a counter within one, 64 random bits.
 */
export function newJobId(nowMs = Date.now()): string {
  sequence = nowMs > lastMs ? 0 : sequence + 1;
  lastMs = Math.max(lastMs, nowMs);
  return `j${hex(lastMs, 11)}${hex(sequence, 4)}${randomBytes(8).toString('hex')}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
