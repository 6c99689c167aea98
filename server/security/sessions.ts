import { createHash, randomBytes } from 'node:crypto';
import { SESSIONS_PER_KEY } from '../limits.js';

/** A long working day. */
const LIFE_MS = 12 * 3600_000;
const SESSION_COOKIE = 'earsight_session';

/**
 * Browser sessions, used instead of an API key: a browser cannot send a key with a link or an event stream, and a key that
 * scripts can read could be stolen. Sessions are kept in memory, by the hash of their token; a restart ends all of them. Each
 * key has a limited number of sessions, so that no key can end the sessions of another one.
 */
export class Sessions {
  private readonly sessions = new Map<string, { readonly keyId: string; readonly untilMs: number }>();
  /** The hashes of each key's sessions, oldest first. */
  private readonly ofKey = new Map<string, Set<string>>();

  /** Opens a session. @returns the token, which is the value of the cookie */
  open(keyId: string): string {
    const token = randomBytes(32).toString('base64url');
    const own = this.ofKey.get(keyId) ?? new Set();
    const [oldest] = own;
    if (own.size >= SESSIONS_PER_KEY && oldest !== undefined) this.remove(oldest);
    this.sessions.set(hash(token), { keyId, untilMs: Date.now() + LIFE_MS });
    this.ofKey.set(keyId, own.add(hash(token)));
    return token;
  }

  /** The id of the API key that opened the session; null for an unknown or expired one. */
  keyOf(token: string): string | null {
    const session = this.sessions.get(hash(token));
    if (session === undefined) return null;
    if (session.untilMs > Date.now()) return session.keyId;
    this.remove(hash(token));
    return null;
  }

  close(token: string): void {
    this.remove(hash(token));
  }

  private remove(digest: string): void {
    const keyId = this.sessions.get(digest)?.keyId ?? '';
    this.sessions.delete(digest);
    const own = this.ofKey.get(keyId);
    own?.delete(digest);
    if (own?.size === 0) this.ofKey.delete(keyId);
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
