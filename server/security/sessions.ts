import { createHash, randomBytes } from 'node:crypto';

/** A working day. */
const LIFE_MS = 12 * 3600_000;
/** People at the page, many times over; the oldest session makes room. */
const MAX_SESSIONS = 10_000;

export const SESSION_COOKIE = 'earsight_session';

/**
 * What the page holds instead of an API key: a browser cannot put a key on a link or an event stream, and a key that a
 * script can read can be stolen. Kept in memory, by hash; a restart signs everybody out.
 */
export class Sessions {
  private readonly sessions = new Map<string, { readonly keyId: string; readonly untilMs: number }>();

  /** @returns the value of the cookie. */
  open(keyId: string): string {
    const token = randomBytes(32).toString('base64url');
    const oldest = this.sessions.keys().next();
    if (this.sessions.size >= MAX_SESSIONS && oldest.done !== true) this.sessions.delete(oldest.value);
    this.sessions.set(hash(token), { keyId, untilMs: Date.now() + LIFE_MS });
    return token;
  }

  /** Id of the key that signed in with. */
  keyOf(token: string): string | null {
    const session = this.sessions.get(hash(token));
    if (session === undefined) return null;
    if (session.untilMs > Date.now()) return session.keyId;
    this.sessions.delete(hash(token));
    return null;
  }

  close(token: string): void {
    this.sessions.delete(hash(token));
  }
}

export function cookieFor(token: string, secure: boolean): string {
  const life = token === '' ? 0 : LIFE_MS / 1000;
  return `${SESSION_COOKIE}=${token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${life}${secure ? '; Secure' : ''}`;
}

export function readCookie(header: string | undefined): string | null {
  for (const pair of (header ?? '').split(';')) {
    const [name, value] = pair.trim().split('=');
    if (name === SESSION_COOKIE && value !== undefined && value !== '') return value;
  }
  return null;
}

function hash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
