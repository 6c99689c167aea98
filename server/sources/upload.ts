import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { MultipartFile } from '@fastify/multipart';
import { EarsightError } from '../../core/errors.js';
import { uploadFieldsSchema } from '../api-schemas.js';
import type { DataFolder } from '../data-folder.js';
import { asServerError } from '../server-error.js';
import { safeFileName } from './file-name.js';
import { Pace, type PaceLimits } from './pace.js';
import { writeWithLimit, type WriteOptions } from './write-with-limit.js';

export interface Upload {
  readonly name: string;
  readonly input: string;
  readonly sha256: string;
  readonly webhook: string | null;
}

type ReceivedFile = Omit<Upload, 'webhook'>;

/**
 * Reads a multipart form and writes its file directly to disk. When anything fails, the file is removed.
 * @throws EarsightError EARSIGHT_REQUEST_INVALID for anything but one `file` and the known fields; and the errors of
 * `writeWithLimit`. The minimum rate applies to the whole form, so that no part of it can hold a place.
 */
export async function receiveUpload(
  request: FastifyRequest,
  data: DataFolder,
  jobId: string,
  limits: PaceLimits & Pick<WriteOptions, 'maxBytes' | 'minFreeBytes'>,
): Promise<Upload> {
  const interrupted = new AbortController();
  // The parser ends without an error when the connection is lost, so the request itself is checked.
  request.raw.once('close', () => {
    if (!request.raw.complete)
      interrupted.abort(new EarsightError('EARSIGHT_REQUEST_INVALID', { reason: 'the upload broke off' }));
  });
  const pace = new Pace(limits);
  const signal = AbortSignal.any([interrupted.signal, pace.signal]);
  const fields: Record<string, string> = {};
  let received: ReceivedFile | null = null as ReceivedFile | null;
  try {
    await untilAborted(readParts(), signal);
    if (received === null) throw invalid('no file is in it: send it in the field `file`');
    const parsed = uploadFieldsSchema.safeParse(fields);
    if (!parsed.success) throw invalid(parsed.error.issues[0]?.message ?? 'a field');
    return { ...received, webhook: parsed.data.webhook ?? null };
  } catch (error) {
    if (received !== null) await data.dropInput(received.input);
    await drain(request.raw);
    throw signal.aborted ? signal.reason : asUploadError(error);
  } finally {
    pace.stop();
  }

  async function readParts(): Promise<void> {
    const options = { fileHwm: PART_BUFFER_BYTES, limits: { fileSize: limits.maxBytes + 1 } };
    const parts = request.parts(options);
    request.raw.on('data', (chunk: Buffer) => pace.received(chunk.length));
    for await (const part of parts) {
      // The parser may go on for a moment after the request has been answered; it must not create a file then.
      signal.throwIfAborted();
      if (part.type === 'file') received = await receiveFile(part, received);
      else if (part.valueTruncated || typeof part.value !== 'string') throw invalid(`the field ${part.fieldname}`);
      else fields[part.fieldname] = part.value;
    }
  }

  async function receiveFile(part: MultipartFile, earlier: ReceivedFile | null): Promise<ReceivedFile> {
    if (part.fieldname !== 'file' || earlier !== null) {
      part.file.resume();
      throw invalid(
        earlier === null
          ? `a file is in the field ${part.fieldname}: send it in the field \`file\``
          : 'more than one file',
      );
    }
    // The parser takes a part of a binary type for a file even if it has no file name.
    const filename = part.filename as string | undefined;
    if (filename === undefined) {
      part.file.resume();
      throw invalid('the file has no file name: send it with one');
    }
    const name = safeFileName(filename);
    const input = await data.newInput(jobId, name);
    try {
      const length = Number(request.headers['content-length']);
      // The form around the file is small, so the length of the request tells the size of the file.
      const expectedBytes = Number.isSafeInteger(length) ? Math.max(0, length - FORM_BYTES) : null;
      const { sha256 } = await writeWithLimit(part.file, input, {
        ...limits,
        name,
        expectedBytes,
        signal,
        onEnded: () => pace.stop(),
      });
      signal.throwIfAborted();
      pace.start();
      return { name, input, sha256 };
    } catch (error) {
      await data.dropInput(input);
      throw error;
    }
  }
}

/**
 * Buffer of the parser for one part. The parser (@fastify/busboy 3.2.6) stops for ever when a part that it skips, such as one
 * without a form-data disposition, fills its buffer with one write and ends in the same write: the skipped part is not read
 * any more once it has ended, and only reading it would continue the parser. A read from a socket brings at most 64 KiB, so
 * a larger buffer is never filled by one write.
 */
const PART_BUFFER_BYTES = 64 * 1024 + 1;

/** Room for the boundaries, headers and small fields of a form. */
const FORM_BYTES = 8 * 1024;
/** After this time the rest of the request is not worth reading. */
const DRAIN_MS = 1_000;

/**
 * Reads and discards the rest of a request for a moment: when a connection is closed with unread bytes, the operating system
 * resets it, and the client may never see the response.
 */
async function drain(request: IncomingMessage): Promise<void> {
  if (request.complete || request.readableEnded || request.destroyed) return;
  request.unpipe();
  request.resume();
  await new Promise<void>((resolve) => {
    const limit = setTimeout(resolve, DRAIN_MS);
    const onEnd = () => {
      clearTimeout(limit);
      resolve();
    };
    request.once('end', onEnd).once('close', onEnd);
  });
}

function invalid(reason: string): EarsightError {
  return new EarsightError('EARSIGHT_REQUEST_INVALID', { reason });
}

/** What the parser says about a form that is not valid. Its errors have no code. */
const PARSER_MESSAGES =
  /^(Unexpected end of multipart data|(Part|Preamble) terminated early due to unexpected end of multipart data|Multipart: Boundary not found)$/;

function asUploadError(error: unknown): unknown {
  // Errors of Fastify have a status and are handled there.
  if (error instanceof Error && 'statusCode' in error) return error;
  if (error instanceof Error && PARSER_MESSAGES.test(error.message)) return invalid(error.message);
  return asServerError(error, 'the upload');
}

/** Settles as the promise does, or rejects with the reason of the signal. The promise may settle later, unobserved. */
async function untilAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  promise.catch(() => undefined);
  await new Promise<void>((resolve, reject) => {
    const onAbort = () => reject(asServerError(signal.reason, 'the upload'));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
