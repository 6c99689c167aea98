import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { MultipartFile } from '@fastify/multipart';
import { EarsightError, toEarsightError } from '../../core/errors.js';
import { uploadFieldsSchema } from '../api-schemas.js';
import type { DataFolder } from '../data-folder.js';
import { safeFileName } from './file-name.js';
import { writeWithLimit, type WriteOptions } from './write-with-limit.js';

export interface Upload {
  readonly name: string;
  readonly input: string;
  readonly sha256: string;
  readonly webhook: string | null;
}

/**
 * Reads a multipart form and writes its file directly to disk. When anything fails, the file is removed.
 * @throws EarsightError EARSIGHT_REQUEST_INVALID for anything but one `file` and the known fields; and the errors of
 * `writeWithLimit`.
 */
export async function receiveUpload(
  request: FastifyRequest,
  data: DataFolder,
  jobId: string,
  limits: Pick<WriteOptions, 'maxBytes' | 'stallSec' | 'minFreeBytes'>,
): Promise<Upload> {
  const interrupted = new AbortController();
  // The parser ends without an error when the connection is lost, so the request itself is checked.
  request.raw.once('close', () => {
    if (!request.raw.complete)
      interrupted.abort(new EarsightError('EARSIGHT_REQUEST_INVALID', { reason: 'the upload broke off' }));
  });
  const fields: Record<string, string> = {};
  let received: Omit<Upload, 'webhook'> | null = null;
  try {
    for await (const part of request.parts({ limits: { fileSize: limits.maxBytes + 1 } })) {
      if (part.type === 'file') received = await receiveFile(part, received);
      else if (part.valueTruncated || typeof part.value !== 'string') throw invalid(`the field ${part.fieldname}`);
      else fields[part.fieldname] = part.value;
    }
    interrupted.signal.throwIfAborted();
    if (received === null) throw invalid('no file is in it: send it in the field `file`');
    const parsed = uploadFieldsSchema.safeParse(fields);
    if (!parsed.success) throw invalid(parsed.error.issues[0]?.message ?? 'a field');
    return { ...received, webhook: parsed.data.webhook ?? null };
  } catch (error) {
    if (received !== null) await data.dropInput(received.input);
    await drain(request.raw);
    throw interrupted.signal.aborted ? interrupted.signal.reason : asUploadError(error);
  }

  async function receiveFile(part: MultipartFile, earlier: typeof received): Promise<NonNullable<typeof received>> {
    if (part.fieldname !== 'file' || earlier !== null) {
      part.file.resume();
      throw invalid(
        earlier === null
          ? `a file is in the field ${part.fieldname}: send it in the field \`file\``
          : 'more than one file',
      );
    }
    const name = safeFileName(part.filename);
    const input = await data.newInput(jobId, name);
    try {
      const length = Number(request.headers['content-length']);
      // The form around the file is small, so the length of the request tells the size of the file.
      const expectedBytes = Number.isSafeInteger(length) ? Math.max(0, length - FORM_BYTES) : null;
      const { sha256 } = await writeWithLimit(part.file, input, {
        ...limits,
        name,
        expectedBytes,
        signal: interrupted.signal,
      });
      return { name, input, sha256 };
    } catch (error) {
      await data.dropInput(input);
      throw error;
    }
  }
}

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

function asUploadError(error: unknown): unknown {
  // Errors of the parser and of Fastify have a status and are handled there; errors with a code may come from the disk.
  if (error instanceof Error && 'statusCode' in error) return error;
  if (error instanceof Error && !('code' in error)) return invalid(error.message);
  return toEarsightError(error, 'the upload');
}
