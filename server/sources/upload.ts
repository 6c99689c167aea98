import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { MultipartFile } from '@fastify/multipart';
import { EarsightError, toEarsightError } from '../../core/errors.js';
import { uploadFieldsSchema } from '../api-schemas.js';
import type { DataFolder } from '../data-folder.js';
import { safeFileName } from './file-name.js';
import { writeWithLimit, type IntakeOptions } from './write-with-limit.js';

export interface Upload {
  readonly name: string;
  readonly input: string;
  readonly sha256: string;
  readonly webhook: string | null;
}

/**
 * Reads a multipart form, its file straight to disk. Whatever goes wrong, no part of the file stays.
 * @throws EarsightError EARSIGHT_REQUEST_INVALID for anything but one `file` and the known fields, and what `takeIn` throws.
 */
export async function receiveUpload(
  request: FastifyRequest,
  data: DataFolder,
  jobId: string,
  limits: Pick<IntakeOptions, 'maxBytes' | 'stallSec' | 'minFreeBytes'>,
): Promise<Upload> {
  const cut = new AbortController();
  // The parser ends quietly when a connection breaks off: the request itself knows.
  request.raw.once('close', () => {
    if (!request.raw.complete)
      cut.abort(new EarsightError('EARSIGHT_REQUEST_INVALID', { reason: 'the upload broke off' }));
  });
  const fields: Record<string, string> = {};
  let taken: Omit<Upload, 'webhook'> | null = null;
  try {
    for await (const part of request.parts({ limits: { fileSize: limits.maxBytes + 1 } })) {
      if (part.type === 'file') taken = await takeFile(part, taken);
      else if (part.valueTruncated || typeof part.value !== 'string') throw invalid(`the field ${part.fieldname}`);
      else fields[part.fieldname] = part.value;
    }
    cut.signal.throwIfAborted();
    if (taken === null) throw invalid('no file is in it: send it in the field `file`');
    const parsed = uploadFieldsSchema.safeParse(fields);
    if (!parsed.success) throw invalid(parsed.error.issues[0]?.message ?? 'a field');
    return { ...taken, webhook: parsed.data.webhook ?? null };
  } catch (error) {
    if (taken !== null) await data.dropInput(taken.input);
    await drain(request.raw);
    throw cut.signal.aborted ? cut.signal.reason : asUploadError(error);
  }

  async function takeFile(part: MultipartFile, earlier: typeof taken): Promise<NonNullable<typeof taken>> {
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
      // The form around the file is small: its length says what is coming.
      const expectedBytes = Number.isSafeInteger(length) ? Math.max(0, length - FORM_BYTES) : null;
      const { sha256 } = await writeWithLimit(part.file, input, { ...limits, name, expectedBytes, signal: cut.signal });
      return { name, input, sha256 };
    } catch (error) {
      await data.dropInput(input);
      throw error;
    }
  }
}

/** Boundaries, headers and the small fields of a form. */
const FORM_BYTES = 8 * 1024;
/** A sender that is not done by then has more to send than is worth reading. */
const DRAIN_MS = 1_000;

/**
 * Reads on for a moment, into nothing: a connection that is closed with bytes unread takes the answer with it, and the
 * sender would never learn why.
 */
async function drain(request: IncomingMessage): Promise<void> {
  if (request.complete || request.readableEnded || request.destroyed) return;
  request.unpipe();
  request.resume();
  await new Promise<void>((resolve) => {
    const limit = setTimeout(resolve, DRAIN_MS);
    const over = () => {
      clearTimeout(limit);
      resolve();
    };
    request.once('end', over).once('close', over);
  });
}

function invalid(reason: string): EarsightError {
  return new EarsightError('EARSIGHT_REQUEST_INVALID', { reason });
}

function asUploadError(error: unknown): unknown {
  // The parser's own refusals carry a status below 500, and so does Fastify's; what else there is may be the disk's.
  if (error instanceof Error && 'statusCode' in error) return error;
  if (error instanceof Error && !('code' in error)) return invalid(error.message);
  return toEarsightError(error, 'the upload');
}
