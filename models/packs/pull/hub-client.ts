import { EarsightError } from '../../../core/errors.js';

export const DEFAULT_HUB = 'https://huggingface.co';

/** The bound: a hub that cannot be reached is noticed within five seconds. */
const CONNECT_TIMEOUT_MS = 5_000;

/** A body that sends nothing for so long is broken off; what has arrived is kept for the next try. */
const STALL_TIMEOUT_MS = 30_000;

export interface HubFileInfo {
  /** The commit that the revision stands for. */
  readonly commit: string | null;
  /** SHA-256 of a large file, by the hub's own storage; small files have a git hash instead, which is no SHA-256. */
  readonly sha256: string | null;
  readonly bytes: number | null;
}

export interface HubBody {
  /** 206: the body begins where it was asked to; 200: at the start. */
  readonly resumed: boolean;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Speaks the model hub's `resolve` protocol. Every method throws EARSIGHT_HUB_UNREACHABLE or EARSIGHT_HUB_REFUSED. */
export class HubClient {
  constructor(
    private readonly base: string,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** What the hub says of a file: in the answer before its redirect to the storage. */
  async inspect(repository: string, revision: string, path: string): Promise<HubFileInfo> {
    const response = await this.fetch(this.url(repository, revision, path), { method: 'HEAD', redirect: 'manual' });
    await response.body?.cancel();
    if (response.status >= 400) throw refused(response.status, path);
    const tag = (response.headers.get('x-linked-etag') ?? '').replaceAll('"', '');
    const own = response.ok ? response.headers.get('content-length') : null;
    const size = response.headers.get('x-linked-size') ?? own;
    return {
      commit: response.headers.get('x-repo-commit'),
      sha256: /^[0-9a-f]{64}$/.test(tag) ? tag : null,
      bytes: size === null ? null : Number(size),
    };
  }

  /** The file's bytes from `offset` on. */
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

  /** The time limit covers everything up to the answer's headers. */
  private async fetch(url: URL, init: RequestInit): Promise<Response> {
    const waiting = new AbortController();
    const timer = setTimeout(() => waiting.abort(), CONNECT_TIMEOUT_MS);
    try {
      return await fetch(url, { ...init, signal: this.any(waiting.signal) });
    } catch (cause) {
      if (this.signal?.aborted) throw new EarsightError('EARSIGHT_CANCELLED', {}, { cause });
      throw unreachable(
        waiting.signal.aborted ? `no answer within ${CONNECT_TIMEOUT_MS / 1000} s` : reasonOf(cause),
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
        const piece = await withDeadline(reader.read(), STALL_TIMEOUT_MS, this.signal);
        if (piece.done) return;
        yield piece.value;
      }
    } catch (cause) {
      if (cause instanceof EarsightError) throw cause;
      if (this.signal?.aborted) throw new EarsightError('EARSIGHT_CANCELLED', {}, { cause });
      throw unreachable(reasonOf(cause), cause);
    } finally {
      await reader.cancel().catch(() => undefined);
    }
  }

  private any(signal: AbortSignal): AbortSignal {
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

/** fetch says "fetch failed" and hides why in its cause. */
function reasonOf(error: unknown): string {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error && cause.message) return cause.message;
  return error instanceof Error ? error.message : String(error);
}
