import { describe, expect, it } from 'vitest';
import { EarsightError } from '../../core/errors.js';
import { checkUrl, isPublicAddress, resolveChecked } from './address-guard.js';

const NONE = { allowed: new Set<string>() };
const REFUSED = 'this address may not be used';

async function resolved(url: string, answers: readonly string[] = []): Promise<string> {
  const policy = { ...NONE, resolve: () => Promise.resolve(answers) };
  try {
    return (await resolveChecked(checkUrl(url, policy), policy)).join();
  } catch (error) {
    if (!(error instanceof EarsightError)) throw error;
    return error.message;
  }
}

describe('isPublicAddress', () => {
  it.each(['8.8.8.8', '1.1.1.1', '93.184.216.34', '2606:4700:4700::1111', '2a00:1450:4001:81b::200e'])(
    'accepts %s',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  it.each([
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '100.64.0.1',
    '100.127.255.254',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.0.2.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '239.255.255.250',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::7f00:1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::ffff:0:127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '3fff::1',
    '5f00::1',
    'fc00::1',
    'fd12:3456:789a::1',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    'not an address',
  ])('refuses %s', (address) => expect(isPublicAddress(address)).toBe(false));
});

describe('checkUrl and resolveChecked', () => {
  it.each([
    ['loopback', 'http://127.0.0.1/'],
    ['a short IP', 'http://127.1/'],
    ['a decimal IP', 'http://2130706433/'],
    ['a hexadecimal IP', 'http://0x7f000001/'],
    ['an octal IP', 'http://0177.0.0.1/'],
    ['zero', 'http://0/'],
    ['a port of loopback', 'http://127.0.0.1:6379/'],
    ['wide digits', 'http://１２７.0.0.1/'],
    ['IPv6 loopback', 'http://[::1]/'],
    ['IPv6-mapped', 'http://[::ffff:127.0.0.1]/'],
    ['IPv6-mapped, hexadecimal', 'http://[::ffff:7f00:1]/'],
    ['IPv6-mapped, in full', 'http://[0:0:0:0:0:ffff:7f00:0001]/'],
    ['IPv6 link-local', 'http://[fe80::1]/'],
    ['unique-local (ULA)', 'http://[fd00::1]/'],
    ['NAT64', 'http://[64:ff9b::127.0.0.1]/'],
    ['link-local, a cloud’s metadata', 'http://169.254.169.254/latest/meta-data/'],
    ['CGNAT', 'http://100.64.0.1/'],
    ['multicast', 'http://224.0.0.1/'],
    ['a password', 'http://user:secret@example.org/'],
    ['a host that is a user', 'http://example.org@127.0.0.1/'],
    ['ftp:', 'ftp://example.org/a.mp4'],
    ['file:', 'file:///etc/passwd'],
    ['gopher:', 'gopher://example.org/'],
    ['data:', 'data:video/mp4;base64,AAAA'],
    ['concat:', 'concat:http://example.org/a|b'],
    ['hls+http:', 'hls+http://example.org/a.m3u8'],
    ['javascript:', 'javascript:alert(1)'],
    ['no protocol', '//example.org/a.mp4'],
    ['no protocol and no slashes', 'example.org/a.mp4'],
    ['no host', 'http://'],
    ['-i.mp4', '-i.mp4'],
    ['nothing', ''],
    ['a private network', 'http://192.168.0.1/'],
  ])('refuse %s before any name is resolved: %j', async (_, url) => {
    expect(await resolved(url, ['93.184.216.34'])).toBe(REFUSED);
  });

  it.each([
    [['127.0.0.1']],
    [['10.0.0.1']],
    [['::1']],
    [['::ffff:10.0.0.1']],
    [['fd00::1']],
    [['100.64.0.1']],
    // A single private address is enough.
    [['93.184.216.34', '127.0.0.1']],
  ])('refuse a name that resolves to %j', async (answers) => {
    expect(await resolved('https://example.org/a.mp4', answers)).toBe(REFUSED);
    expect(await resolved('https://example.org./a.mp4', answers)).toBe(REFUSED);
  });

  it('return the checked addresses of a public host', async () => {
    expect(await resolved('https://example.org/a.mp4', ['93.184.216.34', '2606:2800:220:1::1'])).toBe(
      '93.184.216.34,2606:2800:220:1::1',
    );
  });

  it('report an unknown host as a failure, not as a refusal', async () => {
    expect(await resolved('https://example.org/a.mp4', [])).toContain('could not be fetched');
  });

  it('accept the deployment’s own hosts, only on the port that is configured', () => {
    const policy = { allowed: new Set(['media.lan', '127.0.0.1:8000']) };
    expect(checkUrl('http://127.0.0.1:8000/a', policy).port).toBe('8000');
    expect(() => checkUrl('http://127.0.0.1:8001/a', policy)).toThrow(REFUSED);
    expect(() => checkUrl('ftp://media.lan/a', policy)).toThrow(REFUSED);
  });
});
