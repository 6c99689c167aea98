import { EarsightError, toEarsightError } from '../../errors.js';

/** Names under which S3-compatible servers report wrong or missing credentials. */
const DENIED = new Set([
  'AccessDenied',
  'AllAccessDisabled',
  'AuthorizationHeaderMalformed',
  'CredentialsProviderError',
  'ExpiredToken',
  'Forbidden',
  'InvalidAccessKeyId',
  'InvalidToken',
  'SignatureDoesNotMatch',
  'TokenProviderError',
]);
const CONDITION_FAILED = new Set(['PreconditionFailed', 'ConditionalRequestConflict']);

/** Whether the object does not exist although its bucket does. */
export function isMissing(error: unknown): boolean {
  return nameOf(error) === 'NoSuchKey' || nameOf(error) === 'NotFound';
}

/** Whether the condition of a write did not hold. */
export function isConditionFailed(error: unknown): boolean {
  return CONDITION_FAILED.has(nameOf(error)) || statusOf(error) === 412;
}

/** Whether the server does not support conditional writes. */
export function isUnsupported(error: unknown): boolean {
  return nameOf(error) === 'NotImplemented' || statusOf(error) === 501;
}

/**
 * Converts an error of the S3 client into a coded error. Of the server's error only the name is kept, because its
 * message may contain the id of an access key.
 */
export function asStoreError(error: unknown, store: string): EarsightError {
  if (error instanceof EarsightError) return error;
  const name = nameOf(error);
  if (name === 'AbortError') return toEarsightError(error);
  const options = { cause: error };
  if (name === 'NoSuchBucket') return new EarsightError('EARSIGHT_STORE_BUCKET', { store }, options);
  const details = { store, reason: reasonOf(error) };
  if (isLocal(error)) return toEarsightError(error);
  const denied = DENIED.has(name) || statusOf(error) === 401 || statusOf(error) === 403;
  if (denied) return new EarsightError('EARSIGHT_STORE_DENIED', details, options);
  return new EarsightError('EARSIGHT_STORE_UNREACHABLE', details, options);
}

/** Whether the error is one of the local disk. */
function isLocal(error: unknown): boolean {
  if (!(error instanceof Error) || !('syscall' in error)) return false;
  return 'path' in error || error.syscall === 'write';
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const status = statusOf(error);
  return [nameOf(error) === 'Error' ? '' : nameOf(error), code, status === undefined ? '' : `HTTP ${status}`]
    .filter((part) => part !== '')
    .join(' ');
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}
