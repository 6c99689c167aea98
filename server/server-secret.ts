import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { EarsightError } from '../core/errors.js';
import { temporaryName } from '../core/store/temporary-name.js';

/** What webhook secrets are derived from: made once, readable by the server's user alone. */
export async function serverSecret(path: string): Promise<string> {
  const found = await readFile(path, 'utf8').catch(() => null);
  const secret = (found ?? (await makeSecret(path))).trim();
  if (!/^[\w-]{43}$/.test(secret)) throw new EarsightError('EARSIGHT_USAGE', { reason: `${path} holds no secret` });
  return secret;
}

/** Appears whole or not at all: a server that is killed here, or a full disk, leaves none that is no secret. */
async function makeSecret(path: string): Promise<string> {
  const temporary = `${path}.${temporaryName('write')}`;
  try {
    await writeFile(temporary, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600, flush: true });
    // Whoever else makes one at this moment may have been first.
    await link(temporary, path).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    });
  } finally {
    await rm(temporary, { force: true });
  }
  return await readFile(path, 'utf8');
}
