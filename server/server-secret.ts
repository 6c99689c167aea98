import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { EarsightError } from '../core/errors.js';
import { temporaryName } from '../core/store/temporary-name.js';

/**
 * The secret from which webhook secrets are derived. It is created once, in a file that only the server's user can read.
 * @throws EarsightError EARSIGHT_USAGE when the file holds no valid secret.
 */
export async function serverSecret(path: string): Promise<string> {
  const found = await readFile(path, 'utf8').catch(() => null);
  const secret = (found ?? (await makeSecret(path))).trim();
  if (!/^[\w-]{43}$/.test(secret)) throw new EarsightError('EARSIGHT_USAGE', { reason: `${path} holds no secret` });
  return secret;
}

/** Creates the file atomically: a server that is killed here, or a full disk, leaves no incomplete secret. */
async function makeSecret(path: string): Promise<string> {
  const temporary = `${path}.${temporaryName('write')}`;
  try {
    await writeFile(temporary, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600, flush: true });
    // Another process may have created the secret at the same moment; its secret is used then.
    await link(temporary, path).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    });
  } finally {
    await rm(temporary, { force: true });
  }
  return await readFile(path, 'utf8');
}
