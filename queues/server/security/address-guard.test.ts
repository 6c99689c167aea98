import { describe, expect, it } from 'vitest';
import { EarsightError } from '../../../pipeline/errors.js';
import { checkUrl, isPublicAddress, resolveChecked } from './address-guard.js';

const NONE = { allowed: new Set<string>() };
const REFUSED = 'this address may not be used';

async function verdict(url: string, answers: readonly string[] = []): Promise<string> {
  const policy = { ...NONE, resolve: () => Promise.resolve(answers) };
  try {
    return (await resolveChecked(checkUrl(url, policy), policy)).join();
  } catch (error) {
    if (!(error instanceof EarsightError)) throw error;
    return error.message;
  }
}

describe('addresses', () => {
  it.each(['8.8.8.8', '1.1.1.1', '93.184.216.34', '2606:4700:4700::1111', '2a00:1450:4001:81b::200e'])(
    '%s is public',
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
  ])('%s is not', (address) => expect(isPublicAddress(address)).toBe(false));
});

describe('a URL', () => {
  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0177.0.0.1/',
    'http://0/',
    'http://127.0.0.1:6379/',
    'http://１２７.0.0.1/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[0:0:0:0:0:ffff:7f00:0001]/',
    'http://[fe80::1]/',
    'http://[fd00::1]/',
    'http://[64:ff9b::127.0.0.1]/',
    'http://169.254.169.254/latest/meta-data/',
    'http://100.64.0.1/',
    'http://224.0.0.1/',
    'http://user:secret@example.org/',
    'http://example.org@127.0.0.1/',
    'ftp://example.org/a.mp4',
    'file:///etc/passwd',
    'gopher://example.org/',
    'data:video/mp4;base64,AAAA',
    'concat:http://example.org/a|b',
    'hls+http://example.org/a.m3u8',
    'javascript:alert(1)',
    '//example.org/a.mp4',
    'example.org/a.mp4',
    'http://',
    '-i.mp4',
    '',
  ])('%j is refused before anything is asked', async (url) => {
    expect(await verdict(url, ['93.184.216.34'])).toBe(REFUSED);
  });

  it.each([
    [['127.0.0.1']],
    [['10.0.0.1']],
    [['::1']],
    [['::ffff:10.0.0.1']],
    [['fd00::1']],
    [['100.64.0.1']],
    // One good answer does not make up for a bad one.
    [['93.184.216.34', '127.0.0.1']],
  ])('whose name leads to %j is refused', async (answers) => {
    expect(await verdict('https://example.org/a.mp4', answers)).toBe(REFUSED);
    expect(await verdict('https://example.org./a.mp4', answers)).toBe(REFUSED);
  });

  it('of a public host is connected to at the addresses that were checked', async () => {
    expect(await verdict('https://example.org/a.mp4', ['93.184.216.34', '2606:2800:220:1::1'])).toBe(
      '93.184.216.34,2606:2800:220:1::1',
    );
  });

  it('of an unknown host fails, which is another matter', async () => {
    expect(await verdict('https://example.org/a.mp4', [])).toContain('could not be fetched');
  });

  it('may name the deployment’s own host, on its own port if one is given', () => {
    const policy = { allowed: new Set(['media.lan', '127.0.0.1:8000']) };
    expect(checkUrl('http://127.0.0.1:8000/a', policy).port).toBe('8000');
    expect(() => checkUrl('http://127.0.0.1:8001/a', policy)).toThrow(REFUSED);
    expect(() => checkUrl('ftp://media.lan/a', policy)).toThrow(REFUSED);
  });
});
