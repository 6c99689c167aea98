import { CATALOGUE, type ErrorCode } from './error-catalogue.js';
import { EarsightError, toEarsightError } from './errors.js';

/** A path and a sentence fit; a decoder's novel does not. */
const LONGEST_DETAIL = 500;

/**
 * An error as a text for another process, and the one that BullMQ keeps with a failed job: `EARSIGHT_CODE {"detail":"…"}`,
 * readable in any dashboard and exact enough to make the same error of it again.
 */
export function failureText(thrown: unknown): string {
  const { code, details } = toEarsightError(thrown);
  const short = Object.entries(details).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.slice(0, LONGEST_DETAIL) : value,
  ]);
  return `${code} ${JSON.stringify(Object.fromEntries(short))}`;
}

/** The error again; a text that is none of ours becomes EARSIGHT_BUG with it as its reason. */
export function failureOf(text: string): EarsightError {
  const [, code = '', details = ''] = /^(EARSIGHT_\w+) (\{.*\})$/s.exec(text) ?? [];
  if (!isCode(code)) return new EarsightError('EARSIGHT_BUG', { reason: text.slice(0, LONGEST_DETAIL) });
  return new EarsightError(code, detailsOf(details));
}

function isCode(code: string): code is ErrorCode {
  return Object.hasOwn(CATALOGUE, code);
}

function detailsOf(json: string): Record<string, string | number> {
  const parsed: unknown = JSON.parse(json);
  if (typeof parsed !== 'object' || parsed === null) return {};
  return Object.fromEntries(
    Object.entries(parsed).filter((entry): entry is [string, string | number] => {
      return typeof entry[1] === 'string' || typeof entry[1] === 'number';
    }),
  );
}
