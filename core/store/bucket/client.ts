import { S3Client } from '@aws-sdk/client-s3';

/** A server that does not take a connection in this time is away. */
const CONNECT_MS = 5_000;
/** Nor does one answer that is silent for so long, in the middle of a body as well. */
const SILENCE_MS = 10_000;
/** The client waits between them, longer each time; after that the queue tries the step again, later. */
const TRIES = 3;
/** A few fill any line; a process that serves many videos at once waits for a free one. */
const CONNECTIONS = 32;

/** S3 itself has regions; other servers want the signature to name any. */
const ANY_REGION = 'us-east-1';

// That versions to come want a newer Node is for whoever raises the pinned one, not for whoever starts a worker.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

let shared: S3Client | null = null;

/**
 * The client of this process. Where the server is and who may use it comes from the standard variables and files
 * (`AWS_ENDPOINT_URL`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`, profiles, roles of the machine), which it reads itself.
 */
export function sharedClient(): S3Client {
  const { env } = process;
  const isOwnServer = (env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL']) !== undefined;
  shared ??= new S3Client({
    // Servers other than S3 have no host name for each bucket as a rule.
    forcePathStyle: isOwnServer,
    ...(isOwnServer && env['AWS_REGION'] === undefined ? { region: ANY_REGION } : {}),
    maxAttempts: TRIES,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      socketTimeout: SILENCE_MS,
      httpAgent: { keepAlive: true, maxSockets: CONNECTIONS },
      httpsAgent: { keepAlive: true, maxSockets: CONNECTIONS },
    },
    // Checksums in trailers are more than many S3-compatible servers know; what is fetched is checked against its seal.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  return shared;
}
