import { readFile } from 'node:fs/promises';
import { EarsightError } from '../../core/errors.js';
import { utf8Text } from '../../core/utf8-text.js';

/**
 * The lines of a list of paths that are not blank. Byte-order marks and CRLF are survived.
 * @param shown what the user calls the list.
 * @throws EarsightError EARSIGHT_LIST_INVALID, EARSIGHT_INPUT_NONE, and what reading a file throws.
 */
export async function readPathList(path: string, shown: string): Promise<readonly string[]> {
  const text = utf8Text(await readFile(path));
  if (text === null) throw new EarsightError('EARSIGHT_LIST_INVALID', { path: shown, reason: 'it is not UTF-8 text' });
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (lines.length === 0) throw new EarsightError('EARSIGHT_INPUT_NONE', { path: shown });
  return lines;
}
