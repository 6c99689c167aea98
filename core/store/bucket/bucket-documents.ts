import { setTimeout as sleep } from 'node:timers/promises';
import { EarsightError } from '../../errors.js';
import type { Documents } from '../documents.js';
import type { Bucket } from './bucket.js';

/** Two workers seldom change one document at once, and many never do. */
const CHANGE_TRIES = 10;
const CHANGE_AGAIN_MS = 100;

/** As objects of a bucket. */
export class BucketDocuments implements Documents {
  constructor(private readonly bucket: Bucket) {}

  async read(name: string): Promise<unknown> {
    return parse((await this.bucket.read(name))?.text);
  }

  async write(name: string, document: unknown): Promise<void> {
    await this.bucket.write(name, JSON.stringify(document, null, 2));
  }

  async change(name: string, next: (before: unknown) => unknown): Promise<void> {
    let written: string | null = null;
    for (let attempt = 1; attempt <= CHANGE_TRIES; attempt++) {
      const before = await this.bucket.read(name);
      // The condition failed because of ourselves: a request whose answer was lost is sent again by the client.
      if (before !== null && before.text === written) return;
      const condition = before === null ? ({ absent: true } as const) : { etag: before.etag };
      written = JSON.stringify(next(parse(before?.text)), null, 2);
      if (await this.bucket.write(name, written, condition)) return;
      await sleep(Math.random() * CHANGE_AGAIN_MS * attempt);
    }
    const reason = `${name} was changed by others ${CHANGE_TRIES} times`;
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

/** Null for what is not there and for what is no JSON: both mean "make it anew". */
function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? null : (JSON.parse(text) as unknown);
  } catch {
    return null;
  }
}
