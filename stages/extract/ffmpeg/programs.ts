import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { EarsightError } from '../../../core/errors.js';

export type Program = 'ffmpeg' | 'ffprobe';

/** Environment variables that name another binary. */
const OVERRIDES: Record<Program, string> = { ffmpeg: 'EARSIGHT_FFMPEG', ffprobe: 'EARSIGHT_FFPROBE' };

/**
 * The absolute path of ffmpeg or ffprobe: the override, or else the first one on PATH.
 * @throws EARSIGHT_FFMPEG_MISSING
 */
export async function programPath(program: Program): Promise<string> {
  const override = process.env[OVERRIDES[program]];
  const found = await executablePath(override ?? program);
  if (!found) throw new EarsightError('EARSIGHT_FFMPEG_MISSING', { program: override ?? program });
  return found;
}

/** The absolute path that a command resolves to; null when there is no executable file of that name. */
export async function executablePath(command: string): Promise<string | null> {
  const named = command.includes('/');
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(isAbsolute);
  const candidates = named ? [resolve(command)] : folders.map((folder) => join(folder, command));
  for (const candidate of candidates) {
    try {
      await access(candidate, constants.X_OK);
      return candidate;
    } catch {
      continue;
    }
  }
  return null;
}
