import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { EarsightError } from '../../core/errors.js';

/** Which hosts the server may connect to on a stranger's word. */
export interface AddressPolicy {
  /** `host` or `host:port` of the deployment's own, allowed whatever their address. */
  readonly allowed: ReadonlySet<string>;
  /** All addresses of a name; the system's resolver without it. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

/**
 * Whether an address is one of the public internet: what is private, local, shared, reserved, multicast or wraps an IPv4
 * address in an IPv6 one is not.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  // Global unicast is 2000::/3 alone (RFC 4291, IANA); ::a.b.c.d and fec0:: lie outside.
  return !(parsed instanceof ipaddr.IPv6) || ((parsed.parts[0] ?? 0) & 0xe000) === 0x2000;
}

/**
 * An address that may be tried at all: http or https, no user or password, and no literal address that is not public.
 * The URL parser has made plain addresses of decimal, octal, hex and short forms by then.
 * @throws EarsightError EARSIGHT_URL_REFUSED, in one form for everything.
 */
export function checkUrl(text: string, policy: AddressPolicy): URL {
  if (!URL.canParse(text)) throw refused();
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refused();
  if (url.username !== '' || url.password !== '' || url.hostname === '') throw refused();
  url.hash = '';
  const host = bareHost(url);
  if (!isAllowed(url, policy) && isIP(host) !== 0 && !isPublicAddress(host)) throw refused();
  return url;
}

/**
 * The addresses of the URL's host, all of them fit to connect to.
 * @throws EarsightError EARSIGHT_URL_REFUSED if a single one is not public; EARSIGHT_URL_FAILED if there is none.
 */
export async function resolveChecked(url: URL, policy: AddressPolicy): Promise<readonly string[]> {
  const host = bareHost(url);
  const addresses = isIP(host) === 0 ? await resolveName(host, policy) : [host];
  if (!isAllowed(url, policy) && !addresses.every(isPublicAddress)) throw refused();
  return addresses;
}

/**
 * Replaces the lookup of a connection by addresses that were checked before: a name that answers differently the next
 * time it is asked (rebinding) is not asked again.
 */
export function pinnedLookup(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, callback) => {
    if (options.all === true) callback(null, all);
    else callback(null, all[0]?.address ?? '', all[0]?.family);
  };
}

async function resolveName(host: string, policy: AddressPolicy): Promise<readonly string[]> {
  const resolve = policy.resolve ?? (async (name) => (await lookup(name, { all: true })).map(({ address }) => address));
  const addresses = await resolve(host).catch(() => []);
  if (addresses.length === 0) throw new EarsightError('EARSIGHT_URL_FAILED', { reason: 'the name is not known' });
  return addresses;
}

function isAllowed(url: URL, { allowed }: AddressPolicy): boolean {
  return allowed.has(url.hostname) || allowed.has(url.host);
}

/** IPv6 literals stand in brackets; a name may end with a dot. */
function bareHost(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

function refused(): EarsightError {
  return new EarsightError('EARSIGHT_URL_REFUSED');
}
