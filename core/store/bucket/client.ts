import { S3Client } from '@aws-sdk/client-s3';

/** A server that does not accept a connection within this time counts as unreachable. */
const CONNECT_MS = 5_000;
/** A server that sends nothing for this long counts as unreachable, also in the middle of a body. */
const SOCKET_TIMEOUT_MS = 10_000;
/** Attempts per request, with growing delays between them. After that the queue retries the whole step later. */
const MAX_ATTEMPTS = 3;
/** A few connections saturate any network. A process that works on many videos waits for a free one. */
const MAX_CONNECTIONS = 32;

/** The region in the signature for servers other than S3, which accept any. */
const DEFAULT_REGION = 'us-east-1';

// The SDK warns that its future versions need a newer Node. This concerns the developers who upgrade it, not its users.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

let shared: S3Client | null = null;

/**
 * Returns the S3 client of this process. The SDK itself reads the address and the credentials from the standard
 * variables and files (`AWS_ENDPOINT_URL`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`, profiles, roles of the machine).
 */
export function sharedClient(): S3Client {
  const { env } = process;
  const isCustomEndpoint = (env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL']) !== undefined;
  shared ??= new S3Client({
    // Servers other than S3 usually have no host name per bucket.
    forcePathStyle: isCustomEndpoint,
    ...(isCustomEndpoint && env['AWS_REGION'] === undefined ? { region: DEFAULT_REGION } : {}),
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      socketTimeout: SOCKET_TIMEOUT_MS,
      httpAgent: { keepAlive: true, maxSockets: MAX_CONNECTIONS },
      httpsAgent: { keepAlive: true, maxSockets: MAX_CONNECTIONS },
    },
    // Many S3-compatible servers do not support checksums in trailers. Fetched files are checked against their seal.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  return shared;
}
