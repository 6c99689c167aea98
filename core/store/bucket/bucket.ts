import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { asStoreError, isConditionFailed, isMissing, isUnsupported } from './bucket-errors.js';
import { bucketUrlText, type BucketUrl } from './bucket-url.js';
import { sharedClient } from './client.js';

/** Up to this size an object goes in one request, from memory, and can be sent again. */
const ONE_REQUEST_BYTES = 8 * 1024 * 1024;
/** S3 takes 10,000 parts; a part is in memory while it travels, and as many of them at once as `PARTS_AT_ONCE`. */
const MOST_PARTS = 9_000;
const PARTS_AT_ONCE = 2;
/** The client tries each request again by itself, but not a body that broke off in the middle. */
const DOWNLOAD_TRIES = 3;

/** What must hold for a write: nothing is there, or what was read before. */
export type Condition = { readonly absent: true } | { readonly etag: string };

export interface Listed {
  /** Below the prefix. */
  readonly name: string;
  readonly modifiedMs: number;
}

/**
 * The objects below a prefix of a bucket, named relative to it. Every call throws coded errors alone:
 * EARSIGHT_STORE_UNREACHABLE, EARSIGHT_STORE_DENIED, EARSIGHT_STORE_BUCKET, EARSIGHT_CANCELLED.
 */
export class Bucket {
  readonly url: string;

  constructor(
    private readonly place: BucketUrl,
    private readonly client: S3Client = sharedClient(),
  ) {
    this.url = bucketUrlText(place);
  }

  /** A small object whole; null when it is not there. */
  async read(name: string, signal?: AbortSignal): Promise<{ readonly text: string; readonly etag: string } | null> {
    return await this.ask(async () => {
      const answer = await this.client.send(new GetObjectCommand(this.object(name)), sendOptions(signal));
      return { text: (await answer.Body?.transformToString('utf8')) ?? '', etag: answer.ETag ?? '' };
    });
  }

  /** @returns false when the condition did not hold. A server that knows no conditions writes. */
  async write(name: string, text: string, condition?: Condition, signal?: AbortSignal): Promise<boolean> {
    const wanted =
      condition === undefined ? {} : 'absent' in condition ? { IfNoneMatch: '*' } : { IfMatch: condition.etag };
    const put = { ...this.object(name), Body: text, ContentType: 'application/json' };
    try {
      await this.client.send(new PutObjectCommand({ ...put, ...wanted }), sendOptions(signal));
      return true;
    } catch (error) {
      if (isConditionFailed(error) || (condition !== undefined && 'etag' in condition && isMissing(error)))
        return false;
      if (condition !== undefined && isUnsupported(error)) return await this.write(name, text, undefined, signal);
      throw asStoreError(error, this.url);
    }
  }

  /** Sends a file; it is there whole or not at all. @returns the SHA-256 of what was sent. */
  async upload(name: string, path: string, bytes: number, signal?: AbortSignal): Promise<string> {
    const hash = createHash('sha256');
    try {
      if (bytes <= ONE_REQUEST_BYTES) {
        const body = await readFile(path);
        await this.client.send(new PutObjectCommand({ ...this.object(name), Body: body }), sendOptions(signal));
        return hash.update(body).digest('hex');
      }
      // A failure of the disk ends the upload through the stream that is read from.
      const body = createReadStream(path).on('error', (error) => metered.destroy(error));
      const metered = body.pipe(meter(hash));
      const partSize = Math.max(ONE_REQUEST_BYTES, Math.ceil(bytes / MOST_PARTS));
      const params = { ...this.object(name), Body: metered };
      const upload = new Upload({ client: this.client, params, partSize, queueSize: PARTS_AT_ONCE });
      const abort = (): void => void upload.abort();
      signal?.addEventListener('abort', abort, { once: true });
      try {
        signal?.throwIfAborted();
        await upload.done();
      } finally {
        signal?.removeEventListener('abort', abort);
        body.destroy();
      }
      return hash.digest('hex');
    } catch (error) {
      throw asStoreError(error, this.url);
    }
  }

  /** Fetches an object into a new file. @returns the SHA-256 of what came; null when it is not there. */
  async download(name: string, path: string, signal?: AbortSignal): Promise<string | null> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.ask(async () => {
          const hash = createHash('sha256');
          const { Body } = await this.client.send(new GetObjectCommand(this.object(name)), sendOptions(signal));
          if (!(Body instanceof Readable)) throw new TypeError('no stream');
          await pipeline(Body, meter(hash), createWriteStream(path), {
            ...(signal && { signal: AbortSignal.any([signal]) }),
          });
          return hash.digest('hex');
        });
      } catch (error) {
        const coded = asStoreError(error, this.url);
        if (coded.code !== 'EARSIGHT_STORE_UNREACHABLE' || attempt === DOWNLOAD_TRIES) throw coded;
      }
    }
  }

  /** Every object whose name begins so. */
  async *list(start: string, signal?: AbortSignal): AsyncGenerator<Listed> {
    const { bucket } = this.place;
    const Prefix = this.object(start).Key;
    let token: string | undefined;
    do {
      const command = new ListObjectsV2Command({
        Bucket: bucket,
        Prefix,
        ...(token === undefined ? {} : { ContinuationToken: token }),
      });
      const answer = await this.client.send(command, sendOptions(signal)).catch((error: unknown) => {
        throw asStoreError(error, this.url);
      });
      for (const { Key, LastModified } of answer.Contents ?? [])
        if (Key !== undefined)
          yield { name: Key.slice(Prefix.length - start.length), modifiedMs: LastModified?.getTime() ?? 0 };
      token = answer.NextContinuationToken;
    } while (token !== undefined);
  }

  /** One that is not there is no failure. */
  async remove(name: string): Promise<void> {
    await this.ask(async () => await this.client.send(new DeleteObjectCommand(this.object(name))));
  }

  private async ask<Answer>(question: () => Promise<Answer>): Promise<Answer | null> {
    try {
      return await question();
    } catch (error) {
      if (isMissing(error)) return null;
      throw asStoreError(error, this.url);
    }
  }

  private object(name: string): { readonly Bucket: string; readonly Key: string } {
    const { bucket, prefix } = this.place;
    return { Bucket: bucket, Key: prefix === '' ? name : `${prefix}/${name}` };
  }
}

/** A signal of its own for each request: dozens that listen to one look like a leak to Node. */
function sendOptions(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: AbortSignal.any([signal]) };
}

/** Passes bytes on and hashes them on the way. */
function meter(hash: Hash): Transform {
  return new Transform({
    transform(chunk: Uint8Array, _, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
}
