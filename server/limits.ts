/** What one caller, one request or one connection may take, each with its reason. */

/** Proxies and load balancers commonly cut a silent request after 60 s. */
export const MAX_WAIT_SEC = 50;
export const PAGE_LIMIT = 200;
export const PAGE_DEFAULT = 50;
/** Paths and addresses are short: a longer JSON body is no honest one. */
export const JSON_BODY_BYTES = 16 * 1024;
/** An hour of good 4K. */
export const DEFAULT_UPLOAD_BYTES = 20 * 1024 ** 3;
/** Left free for results and scratch; an upload that would eat into it is refused. */
export const MIN_FREE_BYTES = 1024 ** 3;
/** Free space is asked for again each time this much has been written. */
export const FREE_CHECK_BYTES = 64 * 1024 ** 2;
/** An upload or a download that stands still for this long is dropped. */
export const STALL_SEC = 30;
/** Uploads under way at once: some 200 KiB of buffers each. */
export const MAX_UPLOADS = 256;
/** Open event streams: each holds a socket and a few kilobytes. */
export const MAX_STREAMS = 512;
export const MAX_CONNECTIONS = 2048;
/** A comment this often keeps proxies from cutting a quiet stream and finds dead readers. */
export const HEARTBEAT_SEC = 15;
/** Whole request: the longest upload. Bodies that are not uploads are small and fall under the idle limit. */
export const REQUEST_LIMIT_MS = 6 * 3600_000;
/** Longer than a heartbeat and than `wait`. */
export const IDLE_LIMIT_MS = 75_000;
export const HEADERS_LIMIT_MS = 15_000;
/** Asked to come back after this long when the queue is full: a video takes some seconds. */
export const RETRY_AFTER_SEC = 10;
export const DEFAULT_MAX_UNFINISHED = 1_000;
export const DEFAULT_RATE_PER_MINUTE = 6_000;
export const DEFAULT_QUOTA = 100;
