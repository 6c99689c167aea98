import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { EarsightError } from '../errors.js';

/**
 * The lines of a list of paths that are not blank. Byte-order marks and CRLF are survived.
 * @param shown what the user calls the list.
 * @throws EarsightError EARSIGHT_LIST_INVALID, EARSIGHT_INPUT_NONE, and what reading a file throws.
 */
export async function readPathList(path: string, shown: string): Promise<readonly string[]> {
  const list = await readFile(path);
  // Editors that save "Unicode" write UTF-16, and no path holds a zero.
  if (!isUtf8(list) || list.includes(0))
    throw new EarsightError('EARSIGHT_LIST_INVALID', { path: shown, reason: 'it is not UTF-8 text' });
  const lines = list
    .toString()
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  if (lines.length === 0) throw new EarsightError('EARSIGHT_INPUT_NONE', { path: shown });
  return lines;
}
