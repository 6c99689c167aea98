import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { EarsightError } from '../../pipeline/errors.js';

/** What webhook secrets are derived from: made once, readable by the server's user alone. */
export async function serverSecret(path: string): Promise<string> {
  await writeFile(path, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  });
  const secret = (await readFile(path, 'utf8')).trim();
  if (!/^[\w-]{43}$/.test(secret)) throw new EarsightError('EARSIGHT_USAGE', { reason: `${path} holds no secret` });
  return secret;
}
