import { EarsightError } from '../../../core/errors.js';

export const DEFAULT_HUB = 'https://huggingface.co';

/** A hub that cannot be reached is reported within five seconds. */
const CONNECT_TIMEOUT_MS = 5_000;

/** A download that receives nothing for so long is aborted. The received part is kept for the next try. */
const STALL_TIMEOUT_MS = 30_000;

export interface HubFileInfo {
  /** The commit that the revision stands for. */
  readonly commit: string | null;
  /** SHA-256 of a large file, from the storage of the hub. Small files have a git hash instead, which is not a SHA-256. */
  readonly sha256: string | null;
  readonly bytes: number | null;
}

export interface HubBody {
  /** Whether the body begins at the requested offset (status 206) and not at the start (200). */
  readonly resumed: boolean;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * A client for the `resolve` protocol of the model hub. Its methods throw EARSIGHT_HUB_UNREACHABLE, EARSIGHT_HUB_REFUSED or
 * EARSIGHT_CANCELLED.
 */
export class HubClient {
  constructor(
    private readonly base: string,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** Returns what the hub states about a file, which is in its response before the redirect to the storage. */
  async inspect(repository: string, revision: string, path: string): Promise<HubFileInfo> {
    const response = await this.fetch(this.url(repository, revision, path), { method: 'HEAD', redirect: 'manual' });
    await response.body?.cancel();
    if (response.status >= 400) throw refused(response.status, path);
    const tag = (response.headers.get('x-linked-etag') ?? '').replaceAll('"', '');
    const length = response.ok ? response.headers.get('content-length') : null;
    const size = response.headers.get('x-linked-size') ?? length;
    return {
      commit: response.headers.get('x-repo-commit'),
      sha256: /^[0-9a-f]{64}$/.test(tag) ? tag : null,
      bytes: size === null ? null : Number(size),
    };
  }

  /** Requests the bytes of a file from `offset` on. */
  async open(repository: string, revision: string, path: string, offset: number): Promise<HubBody> {
    const headers: Record<string, string> = offset > 0 ? { range: `bytes=${offset}-` } : {};
    const response = await this.fetch(this.url(repository, revision, path), { headers });
    if (!response.ok || !response.body) {
      await response.body?.cancel();
      throw refused(response.status, path);
    }
    return { resumed: response.status === 206, chunks: this.watched(response.body) };
  }

  private url(repository: string, revision: string, path: string): URL {
    return new URL(`${repository}/resolve/${revision}/${path}`, this.base.endsWith('/') ? this.base : `${this.base}/`);
  }

  /** The time limit covers everything up to the headers of the response. */
  private async fetch(url: URL, init: RequestInit): Promise<Response> {
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), CONNECT_TIMEOUT_MS);
    try {
      return await fetch(url, { ...init, signal: this.withCaller(timeout.signal) });
    } catch (cause) {
      if (this.signal?.aborted) throw new EarsightError('EARSIGHT_CANCELLED', {}, { cause });
      throw unreachable(
        timeout.signal.aborted ? `no answer within ${CONNECT_TIMEOUT_MS / 1000} s` : reasonOf(cause),
        cause,
      );
    } finally {
      clearTimeout(timer);
    }
  }

  private async *watched(body: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
    const reader = body.getReader();
    try {
      for (;;) {
        const chunk = await withDeadline(reader.read(), STALL_TIMEOUT_MS, this.signal);
        if (chunk.done) return;
        yield chunk.value;
      }
    } catch (cause) {
      if (cause instanceof EarsightError) throw cause;
      if (this.signal?.aborted) throw new EarsightError('EARSIGHT_CANCELLED', {}, { cause });
      throw unreachable(reasonOf(cause), cause);
    } finally {
      await reader.cancel().catch(() => undefined);
    }
  }

  private withCaller(signal: AbortSignal): AbortSignal {
    return this.signal ? AbortSignal.any([signal, this.signal]) : signal;
  }
}

async function withDeadline<Value>(
  promise: Promise<Value>,
  limitMs: number,
  signal: AbortSignal | undefined,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unreachable(`nothing came for ${limitMs / 1000} s`)), limitMs);
    onAbort = () => reject(new EarsightError('EARSIGHT_CANCELLED'));
    signal?.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
    if (onAbort) signal?.removeEventListener('abort', onAbort);
  }
}

function refused(status: number, file: string): EarsightError {
  return new EarsightError('EARSIGHT_HUB_REFUSED', { status, file });
}

function unreachable(reason: string, cause?: unknown): EarsightError {
  return new EarsightError('EARSIGHT_HUB_UNREACHABLE', { reason }, { cause });
}

/** `fetch` only says "fetch failed"; the reason is in its cause. */
function reasonOf(error: unknown): string {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error && cause.message) return cause.message;
  return error instanceof Error ? error.message : String(error);
}
