import { EarsightError } from '../core/errors.js';

/**
 * Converts an error of the server's own files to a coded one. Unlike `toEarsightError`, which reads an errno as a fault of the
 * input, it blames the caller for nothing: except for a full disk, such an error is a fault of the server.
 * @param file the submitter's name of the file that was processed
 */
export function asServerError(thrown: unknown, file: string): EarsightError {
  if (thrown instanceof EarsightError) return thrown;
  const options = { cause: thrown };
  if (thrown instanceof Error && thrown.name === 'AbortError')
    return new EarsightError('EARSIGHT_CANCELLED', {}, options);
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : '';
  if (code === 'ENOSPC' || code === 'EDQUOT') return new EarsightError('EARSIGHT_DISK_FULL', { path: file }, options);
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new EarsightError('EARSIGHT_BUG', { reason }, options);
}
