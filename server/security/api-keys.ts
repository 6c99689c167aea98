import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { EarsightError } from '../../core/errors.js';
import { asOutputError } from '../../core/store/artefact-store.js';
import { readJson, writeFileAtomically } from '../../core/store/atomic-file.js';
import { updateUnderLock } from '../../core/store/lock.js';
import { makeFolder } from '../../core/store/make-folder.js';
import { LOCAL_CALLER, scopeSchema, type Caller, type Scope } from '../caller.js';
import { DEFAULT_QUOTA, DEFAULT_RATE_PER_MINUTE } from '../limits.js';

const keySchema = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{8}$/),
  name: z.string(),
  scopes: z.array(scopeSchema).min(1),
  /** Hash of the whole key. A key of 256 random bits needs no slow hash: see docs/decisions/0025-api-keys.md. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  ratePerMinute: z.number().int().positive(),
  quota: z.number().int().positive(),
  createdAt: z.string(),
});
export type KeyRecord = z.infer<typeof keySchema>;

const fileSchema = z.strictObject({ schema: z.literal(1), keys: z.array(keySchema) });

/** A revoked key stops working within this time, without a restart. */
const REREAD_MS = 1_000;
const KEY_TEXT = /^earsight_([0-9a-f]{8})_[A-Za-z0-9_-]{43}$/;
/** Compared with when the id is unknown, so that the check takes as long as for a wrong key. */
const NO_DIGEST = '0'.repeat(64);

export interface NewKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly ratePerMinute?: number;
  readonly quota?: number;
}

/** The API keys of a server, in one file that holds only their hashes. */
export class ApiKeys {
  private timer: NodeJS.Timeout | null = null;
  private readAtMs = -1;
  private seen = false;

  private constructor(
    private readonly path: string,
    private keys: readonly KeyRecord[],
  ) {}

  /** @throws EarsightError EARSIGHT_USAGE for a file that is none of ours: a server must not run open by mistake. */
  static async open(path: string): Promise<ApiKeys> {
    const keys = new ApiKeys(path, []);
    await keys.reread();
    return keys;
  }

  /** Rereads the file regularly, because other processes may change it. */
  watchFile(): void {
    this.timer ??= setInterval(() => void this.reread().catch(() => undefined), REREAD_MS).unref();
  }

  close(): void {
    if (this.timer !== null) clearInterval(this.timer);
  }

  /** True while no key has ever existed. Revoking the last key of a running server therefore does not open it. */
  get areUnused(): boolean {
    return !this.seen;
  }

  list(): readonly KeyRecord[] {
    return this.keys;
  }

  /**
   * Creates a key.
   * @returns the key itself, which is not stored, and its record
   * @throws ZodError for a record with which the file could not be read again, which would lock out every caller.
   */
  async create(wanted: NewKey): Promise<{ key: string; record: KeyRecord }> {
    const id = randomBytes(4).toString('hex');
    const key = `earsight_${id}_${randomBytes(32).toString('base64url')}`;
    const record = keySchema.parse({
      id,
      name: wanted.name,
      scopes: [...wanted.scopes],
      sha256: digestOf(key),
      ratePerMinute: wanted.ratePerMinute ?? DEFAULT_RATE_PER_MINUTE,
      quota: wanted.quota ?? DEFAULT_QUOTA,
      createdAt: new Date().toISOString(),
    } satisfies KeyRecord);
    await this.updateFile((keys) => [...keys, record]);
    return { key, record };
  }

  /** @returns false when there is no key with this id */
  async revoke(id: string): Promise<boolean> {
    let found = false;
    await this.updateFile((keys) => {
      found = keys.some((key) => key.id === id);
      return found ? keys.filter((key) => key.id !== id) : keys;
    });
    return found;
  }

  /** The caller that a key belongs to; null for a wrong key. Both take the same time. */
  check(text: string): Caller | null {
    const id = KEY_TEXT.exec(text)?.[1];
    const record = this.keys.find((key) => key.id === id);
    const equal = timingSafeEqual(Buffer.from(digestOf(text), 'hex'), Buffer.from(record?.sha256 ?? NO_DIGEST, 'hex'));
    return equal && record !== undefined ? callerOf(record) : null;
  }

  /** The caller with this key id; null once the key is revoked. */
  callerById(id: string): Caller | null {
    const record = this.keys.find((key) => key.id === id);
    return record === undefined ? null : callerOf(record);
  }

  /** Whether an authenticated caller is still valid: the key was not revoked, or no key has been created yet. */
  isStillValid(caller: Caller): boolean {
    return caller === LOCAL_CALLER ? this.areUnused : this.callerById(caller.id) !== null;
  }

  private async reread(): Promise<void> {
    if ((await this.modifiedMs()) !== this.readAtMs) await this.read();
  }

  private async read(): Promise<void> {
    const modifiedMs = await this.modifiedMs();
    const content = modifiedMs === 0 ? null : await readJson(this.path);
    const parsed = fileSchema.safeParse(modifiedMs === 0 ? { schema: 1, keys: [] } : content);
    if (!parsed.success)
      throw new EarsightError('EARSIGHT_USAGE', { reason: `${this.path} is not a file of API keys` });
    this.adopt(parsed.data.keys, modifiedMs);
  }

  /** Changes the file under a lock, beginning with its present content, so that changes of other processes are kept. */
  private async updateFile(changed: (keys: readonly KeyRecord[]) => readonly KeyRecord[]): Promise<void> {
    const folder = dirname(this.path);
    await makeFolder(folder).catch((error: unknown) => {
      throw asOutputError(error, folder);
    });
    await updateUnderLock(`${this.path}.lock`, async (lock) => {
      await this.read();
      const keys = changed(this.keys);
      if (keys === this.keys) return;
      await lock.verify();
      await writeFileAtomically(this.path, `${JSON.stringify({ schema: 1, keys }, null, 2)}\n`);
      this.adopt(keys, await this.modifiedMs());
    });
  }

  private async modifiedMs(): Promise<number> {
    return (await stat(this.path).catch(() => null))?.mtimeMs ?? 0;
  }

  private adopt(keys: readonly KeyRecord[], modifiedMs: number): void {
    this.keys = keys;
    this.readAtMs = modifiedMs;
    this.seen ||= keys.length > 0;
  }
}

function digestOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

function callerOf({ id, scopes, quota, ratePerMinute }: KeyRecord): Caller {
  return { id, scopes: new Set(scopes), quota, ratePerMinute };
}
