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

/** A file up to this size is sent in one request from memory, which the client can retry. */
const SINGLE_REQUEST_BYTES = 8 * 1024 * 1024;
/** S3 accepts 10,000 parts per upload. */
const MAX_PARTS = 9_000;
/** Parts that are sent at the same time; each of them is in memory. */
const CONCURRENT_PARTS = 2;
/** The client retries requests by itself, but not a response body that broke off in the middle. */
const DOWNLOAD_ATTEMPTS = 3;

/** The condition of a write: the object does not exist, or it is unchanged since it was read with this ETag. */
export type Condition = { readonly absent: true } | { readonly etag: string };

export interface Listed {
  /** Relative to the prefix of the bucket. */
  readonly name: string;
  readonly modifiedMs: number;
}

/**
 * The objects below a prefix of a bucket, named relative to the prefix. Its methods throw only coded errors:
 * EARSIGHT_STORE_UNREACHABLE, EARSIGHT_STORE_DENIED, EARSIGHT_STORE_BUCKET, EARSIGHT_CANCELLED, and those of
 * `toEarsightError` for failures of the local disk.
 */
export class Bucket {
  readonly url: string;

  constructor(
    private readonly location: BucketUrl,
    private readonly client: S3Client = sharedClient(),
  ) {
    this.url = bucketUrlText(location);
  }

  /** Returns the text of a small object, or null when it does not exist. */
  async read(name: string, signal?: AbortSignal): Promise<{ readonly text: string; readonly etag: string } | null> {
    return await this.request(async () => {
      const response = await this.client.send(new GetObjectCommand(this.object(name)), sendOptions(signal));
      return { text: (await response.Body?.transformToString('utf8')) ?? '', etag: response.ETag ?? '' };
    });
  }

  /**
   * Writes a small JSON object. A server that does not support conditional writes ignores the condition.
   * @returns false when the condition did not hold, so that nothing was written.
   */
  async write(name: string, text: string, condition?: Condition, signal?: AbortSignal): Promise<boolean> {
    const conditionHeaders =
      condition === undefined ? {} : 'absent' in condition ? { IfNoneMatch: '*' } : { IfMatch: condition.etag };
    const put = { ...this.object(name), Body: text, ContentType: 'application/json' };
    try {
      await this.client.send(new PutObjectCommand({ ...put, ...conditionHeaders }), sendOptions(signal));
      return true;
    } catch (error) {
      if (isConditionFailed(error) || (condition !== undefined && 'etag' in condition && isMissing(error)))
        return false;
      if (condition !== undefined && isUnsupported(error)) return await this.write(name, text, undefined, signal);
      throw asStoreError(error, this.url);
    }
  }

  /** Uploads a file, completely or not at all. @returns the SHA-256 of the bytes that were sent, in hex. */
  async upload(name: string, path: string, bytes: number, signal?: AbortSignal): Promise<string> {
    const hash = createHash('sha256');
    try {
      if (bytes <= SINGLE_REQUEST_BYTES) {
        const body = await readFile(path);
        await this.client.send(new PutObjectCommand({ ...this.object(name), Body: body }), sendOptions(signal));
        return hash.update(body).digest('hex');
      }
      // A read error is passed on to the hashing stream, because `pipe` does not, and so it ends the upload.
      const body = createReadStream(path).on('error', (error) => hashed.destroy(error));
      const hashed = body.pipe(hashingStream(hash));
      const partSize = Math.max(SINGLE_REQUEST_BYTES, Math.ceil(bytes / MAX_PARTS));
      const params = { ...this.object(name), Body: hashed };
      const upload = new Upload({ client: this.client, params, partSize, queueSize: CONCURRENT_PARTS });
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

  /**
   * Downloads an object into a file. @returns the SHA-256 of the received bytes in hex, or null when it does not exist.
   */
  async download(name: string, path: string, signal?: AbortSignal): Promise<string | null> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.request(async () => {
          const hash = createHash('sha256');
          const { Body } = await this.client.send(new GetObjectCommand(this.object(name)), sendOptions(signal));
          if (!(Body instanceof Readable)) throw new TypeError('no stream');
          await pipeline(Body, hashingStream(hash), createWriteStream(path), {
            ...(signal && { signal: AbortSignal.any([signal]) }),
          });
          return hash.digest('hex');
        });
      } catch (error) {
        const coded = asStoreError(error, this.url);
        if (coded.code !== 'EARSIGHT_STORE_UNREACHABLE' || attempt === DOWNLOAD_ATTEMPTS) throw coded;
      }
    }
  }

  /** Yields every object whose name begins with `start`. */
  async *list(start: string, signal?: AbortSignal): AsyncGenerator<Listed> {
    const { bucket } = this.location;
    const Prefix = this.object(start).Key;
    let token: string | undefined;
    do {
      const command = new ListObjectsV2Command({
        Bucket: bucket,
        Prefix,
        ...(token === undefined ? {} : { ContinuationToken: token }),
      });
      const response = await this.client.send(command, sendOptions(signal)).catch((error: unknown) => {
        throw asStoreError(error, this.url);
      });
      for (const { Key, LastModified } of response.Contents ?? [])
        if (Key !== undefined)
          yield { name: Key.slice(Prefix.length - start.length), modifiedMs: LastModified?.getTime() ?? 0 };
      token = response.NextContinuationToken;
    } while (token !== undefined);
  }

  /** Deletes an object. It is no error if the object does not exist. */
  async remove(name: string): Promise<void> {
    await this.request(async () => await this.client.send(new DeleteObjectCommand(this.object(name))));
  }

  /** Sends a request; returns null when the object does not exist. */
  private async request<Response>(send: () => Promise<Response>): Promise<Response | null> {
    try {
      return await send();
    } catch (error) {
      if (isMissing(error)) return null;
      throw asStoreError(error, this.url);
    }
  }

  private object(name: string): { readonly Bucket: string; readonly Key: string } {
    const { bucket, prefix } = this.location;
    return { Bucket: bucket, Key: prefix === '' ? name : `${prefix}/${name}` };
  }
}

/** Gives each request its own signal: Node warns of a leak when dozens of listeners are attached to one signal. */
function sendOptions(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: AbortSignal.any([signal]) };
}

/** Returns a stream that passes bytes through and hashes them. */
function hashingStream(hash: Hash): Transform {
  return new Transform({
    transform(chunk: Uint8Array, _, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
}
