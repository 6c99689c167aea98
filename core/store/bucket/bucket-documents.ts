import { setTimeout as sleep } from 'node:timers/promises';
import { EarsightError } from '../../errors.js';
import type { Documents } from '../documents.js';
import type { Bucket } from './bucket.js';

/** More attempts than needed: it is rare that even two workers update one document at once. */
const UPDATE_ATTEMPTS = 10;
const RETRY_DELAY_MS = 100;

/** Keeps documents as objects of a bucket. */
export class BucketDocuments implements Documents {
  constructor(private readonly bucket: Bucket) {}

  async read(name: string): Promise<unknown> {
    return parse((await this.bucket.read(name))?.text);
  }

  async write(name: string, document: unknown): Promise<void> {
    await this.bucket.write(name, JSON.stringify(document, null, 2));
  }

  async update(name: string, next: (before: unknown) => unknown): Promise<void> {
    let written: string | null = null;
    for (let attempt = 1; attempt <= UPDATE_ATTEMPTS; attempt++) {
      const before = await this.bucket.read(name);
      // Our own write can fail the condition: when its response was lost, the client sent the same request again.
      if (before !== null && before.text === written) return;
      const condition = before === null ? ({ absent: true } as const) : { etag: before.etag };
      written = JSON.stringify(next(parse(before?.text)), null, 2);
      if (await this.bucket.write(name, written, condition)) return;
      await sleep(Math.random() * RETRY_DELAY_MS * attempt);
    }
    const reason = `${name} was changed by others ${UPDATE_ATTEMPTS} times`;
    throw new EarsightError('EARSIGHT_STORE_UNREACHABLE', { store: this.bucket.url, reason });
  }

  async list(folder: string): Promise<string[]> {
    const names: string[] = [];
    for await (const { name } of this.bucket.list(`${folder}/`))
      if (name.endsWith('.json')) names.push(name.slice(folder.length + 1));
    return names;
  }

  async remove(name: string): Promise<void> {
    await this.bucket.remove(name);
  }
}

/** Returns null for a missing document and for text that is not JSON: in both cases the caller makes it again. */
function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? null : (JSON.parse(text) as unknown);
  } catch {
    return null;
  }
}
