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
/** An upload or a download that is slower is aborted: no link that carries video is as slow, and one that drips holds a place. */
export const MIN_BYTES_PER_SEC = 1024;
/** The minimum rate is a mean over this time, so that short breaks of a mobile network do not count. */
export const RATE_WINDOW_SEC = 60;
/**
 * Concurrent downloads: a few use the whole bandwidth, and each holds disk space for a file that is not processed yet. The
 * shares leave places for three other callers when one caller names only slow hosts.
 */
export const DOWNLOADS = { total: 16, perCaller: 4, perPeer: 2 } as const;
/** Concurrent webhook requests: a receiver that never answers takes two of its caller's eight places for 20 s each. */
export const WEBHOOKS = { total: 64, perCaller: 8, perPeer: 2 } as const;
/** Concurrent uploads: each uses about 200 KiB of buffers. */
export const MAX_UPLOADS = 256;
/** Four callers can have their whole share. */
export const UPLOADS_PER_CALLER = 64;
/** Open event streams: each uses a socket and a few kilobytes. */
export const MAX_STREAMS = 512;
/** A page takes one stream per tab. Eight callers can have their whole share. */
export const STREAMS_PER_CALLER = 64;
/** Result files that are being sent, each with an open file. */
export const MAX_FILES_SENT = 512;
export const FILES_SENT_PER_CALLER = 64;
export const MAX_CONNECTIONS = 2048;
/** Connections beyond the maximum, for health checks and refusals while callers hold all others. */
export const RESERVED_CONNECTIONS = 64;
/** Requests in progress, streams and waiting requests included. Eight callers can have their whole share. */
export const REQUESTS_PER_CALLER = 256;
/** Sessions of one API key: a key that a whole department shares. Beyond that the oldest session of the key ends. */
export const SESSIONS_PER_KEY = 100;
/** A comment is sent this often, so that proxies do not cut a quiet stream and dead readers are noticed. */
export const HEARTBEAT_SEC = 15;
/** Limit for a whole request, which bounds the longest upload. Other bodies are small, and the idle limit applies to them. */
export const REQUEST_LIMIT_MS = 6 * 3600_000;
/** Longer than the heartbeat interval and than the longest `wait`. */
export const IDLE_LIMIT_MS = 75_000;
export const HEADERS_LIMIT_MS = 15_000;
/** How often node looks for connections over that limit; its default of 30 s would triple it. */
export const CONNECTIONS_CHECK_MS = 2_000;
/** Sent as `Retry-After` when the queue is full: a video takes some seconds. */
export const RETRY_AFTER_SEC = 10;
export const DEFAULT_MAX_UNFINISHED = 1_000;
export const DEFAULT_RATE_PER_MINUTE = 6_000;
export const DEFAULT_QUOTA = 100;
