import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EarsightError } from '../../core/errors.js';
import { manifestSchema, type Manifest } from './manifest.js';

/** Larger than any manifest, so that a malicious pack cannot fill the memory. */
const MAX_MANIFEST_BYTES = 1_000_000;

/** @throws EARSIGHT_PACK_MISSING without a `pack.json`, EARSIGHT_PACK_INVALID for one that does not match the schema */
export async function readManifest(folder: string): Promise<Manifest> {
  const text = await readFile(join(folder, 'pack.json'), 'utf8').catch((cause: unknown) => {
    throw new EarsightError('EARSIGHT_PACK_MISSING', { path: folder }, { cause });
  });
  const invalid = (reason: string): EarsightError =>
    new EarsightError('EARSIGHT_PACK_INVALID', { path: folder, reason });
  if (text.length > MAX_MANIFEST_BYTES) throw invalid('its pack.json is over a megabyte');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw invalid('its pack.json is not JSON');
  }
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) throw invalid(z.prettifyError(parsed.error).replaceAll('\n', ' '));
  return parsed.data;
}
