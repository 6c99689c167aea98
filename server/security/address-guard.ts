import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { EarsightError } from '../../core/errors.js';

/** Which hosts the server may connect to when a caller names an address. */
export interface AddressPolicy {
  /** The deployment's own hosts, as `host` or `host:port`, which are allowed whatever their IP address is. */
  readonly allowed: ReadonlySet<string>;
  /** Returns all IP addresses of a name; the default is the system's resolver. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

/**
 * Whether an IP address belongs to the public internet. Private, local, shared, reserved and multicast addresses do not,
 * nor do IPv6 addresses that contain an IPv4 address.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  // Global unicast addresses are 2000::/3 only (RFC 4291, IANA); `::a.b.c.d` and `fec0::` lie outside.
  return !(parsed instanceof ipaddr.IPv6) || ((parsed.parts[0] ?? 0) & 0xe000) === 0x2000;
}

/**
 * Checks a URL before its name is resolved: it must be http or https, without user or password, and must not contain an IP
 * address that is not public. The URL parser normalises decimal, octal, hexadecimal and short forms of IP addresses.
 * @throws EarsightError EARSIGHT_URL_REFUSED, the same error for every reason.
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
 * Resolves the URL's host and checks all its IP addresses.
 * @throws EarsightError EARSIGHT_URL_REFUSED if any address is not public; EARSIGHT_URL_FAILED if there is none.
 */
export async function resolveChecked(url: URL, policy: AddressPolicy): Promise<readonly string[]> {
  const host = bareHost(url);
  const addresses = isIP(host) === 0 ? await resolveName(host, policy) : [host];
  if (!isAllowed(url, policy) && !addresses.every(isPublicAddress)) throw refused();
  return addresses;
}

/**
 * A DNS lookup that returns addresses which were checked before. The name is not resolved a second time, so a name whose
 * answer changes (DNS rebinding) cannot lead to another address.
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

/** The host without the brackets of an IPv6 address and without a final dot. */
function bareHost(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

function refused(): EarsightError {
  return new EarsightError('EARSIGHT_URL_REFUSED');
}
