/** Limits for callers, requests and connections, each with its reason. */

/** Proxies and load balancers commonly cut a silent request after 60 s. */
export const MAX_WAIT_SEC = 50;
export const PAGE_LIMIT = 200;
export const PAGE_DEFAULT = 50;
/** Paths and addresses are short: a longer JSON body can only be a mistake or an attack. */
export const JSON_BODY_BYTES = 16 * 1024;
/** About an hour of 4K video at a high bit rate. */
export const DEFAULT_UPLOAD_BYTES = 20 * 1024 ** 3;
/** Disk space kept free for results and temporary files; an upload that would need it is refused. */
export const MIN_FREE_BYTES = 1024 ** 3;
/** The free disk space is checked again each time this much has been written. */
export const FREE_CHECK_BYTES = 64 * 1024 ** 2;
/** An upload or a download that sends nothing for this long is aborted. */
export const STALL_SEC = 30;
/** Concurrent uploads: each uses about 200 KiB of buffers. */
export const MAX_UPLOADS = 256;
/** Open event streams: each uses a socket and a few kilobytes. */
export const MAX_STREAMS = 512;
export const MAX_CONNECTIONS = 2048;
/** A comment is sent this often, so that proxies do not cut a quiet stream and dead readers are noticed. */
export const HEARTBEAT_SEC = 15;
/** Limit for a whole request, which bounds the longest upload. Other bodies are small, and the idle limit applies to them. */
export const REQUEST_LIMIT_MS = 6 * 3600_000;
/** Longer than the heartbeat interval and than the longest `wait`. */
export const IDLE_LIMIT_MS = 75_000;
export const HEADERS_LIMIT_MS = 15_000;
/** Sent as `Retry-After` when the queue is full: a video takes some seconds. */
export const RETRY_AFTER_SEC = 10;
export const DEFAULT_MAX_UNFINISHED = 1_000;
export const DEFAULT_RATE_PER_MINUTE = 6_000;
export const DEFAULT_QUOTA = 100;
