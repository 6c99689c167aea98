import { CATALOGUE, type ErrorCode } from './error-catalogue.js';
import { EarsightError, toEarsightError } from './errors.js';

/** Characters kept of a detail: enough for a path and a sentence, but not for the whole log of a decoder. */
const MAX_DETAIL_CHARACTERS = 500;

/**
 * Serialises an error as `EARSIGHT_CODE {"detail":"…"}`, for another process and as the failure reason that BullMQ
 * keeps with a job. The text is readable in any dashboard, and `failureOf` makes the same error from it.
 */
export function failureText(thrown: unknown): string {
  const { code, details } = toEarsightError(thrown);
  const short = Object.entries(details).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.slice(0, MAX_DETAIL_CHARACTERS) : value,
  ]);
  return `${code} ${JSON.stringify(Object.fromEntries(short))}`;
}

/** Makes the error from the text of `failureText`. Any other text becomes EARSIGHT_BUG with the text as its reason. */
export function failureOf(text: string): EarsightError {
  const [, code = '', details = ''] = /^(EARSIGHT_\w+) (\{.*\})$/s.exec(text) ?? [];
  if (!isCode(code)) return new EarsightError('EARSIGHT_BUG', { reason: text.slice(0, MAX_DETAIL_CHARACTERS) });
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
