import { CATALOGUE, type ErrorCode } from './error-catalogue.js';
import type { ErrorEntry } from './error-entry.js';
import { fillTemplate } from './fill-template.js';

/** An error with a code of the catalogue. Its message is the message of the entry, filled from `details`. */
export class EarsightError extends Error {
  override readonly name = 'EarsightError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, string | number>>;

  constructor(code: ErrorCode, details: Record<string, string | number> = {}, options?: { cause?: unknown }) {
    super(fillTemplate(CATALOGUE[code].message, details), options);
    this.code = code;
    this.details = details;
  }

  get entry(): ErrorEntry {
    return CATALOGUE[this.code];
  }

  get advice(): string {
    return this.entry.advice;
  }
}

/**
 * Converts any thrown value into a coded error. The errno of a node error decides the code.
 * @param file the user's name of the file that was processed; without it, the path that node's error names is used.
 */
export function toEarsightError(thrown: unknown, file = ''): EarsightError {
  if (thrown instanceof EarsightError) return thrown;
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  const options = { cause: thrown };
  if (thrown instanceof Error && thrown.name === 'AbortError')
    return new EarsightError('EARSIGHT_CANCELLED', {}, options);
  const errno: NodeJS.ErrnoException | null = thrown instanceof Error ? thrown : null;
  const path = file === '' ? (errno?.path ?? '') : file;
  switch (errno?.code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new EarsightError('EARSIGHT_DISK_FULL', { path }, options);
    case 'EACCES':
    case 'EPERM':
      return new EarsightError('EARSIGHT_INPUT_UNREADABLE', { path, reason: 'permission denied' }, options);
    case 'EISDIR':
      return new EarsightError('EARSIGHT_INPUT_UNREADABLE', { path, reason: 'it is a folder' }, options);
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ELOOP':
    case 'ENAMETOOLONG':
      return new EarsightError('EARSIGHT_INPUT_MISSING', { path }, options);
    case 'EIO':
      // A failed write concerns the output disk and says nothing about the input.
      if (errno.syscall === 'read') return new EarsightError('EARSIGHT_INPUT_UNREADABLE', { path, reason }, options);
  }
  return new EarsightError('EARSIGHT_BUG', { reason }, options);
}
