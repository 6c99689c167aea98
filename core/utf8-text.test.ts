import { describe, expect, it } from 'vitest';
import { utf8Text } from './utf8-text.js';

describe('utf8Text', () => {
  it.each([
    ['UTF-8', Buffer.from('H\u00fcnd\n'), 'H\u00fcnd\n'],
    ['UTF-8 with a byte-order mark', Buffer.from('\uFEFFDog'), 'Dog'],
    ['an empty file', Buffer.of(), ''],
    ['UTF-16 with a byte-order mark', Buffer.from('\uFEFFDog', 'utf16le'), null],
    ['UTF-16 without a byte-order mark', Buffer.from('Dog', 'utf16le'), null],
    ['Latin-1', Buffer.from('H\u00fcnd', 'latin1'), null],
  ])('decodes text and refuses other bytes: %s', (_, bytes, text) => {
    expect(utf8Text(bytes)).toBe(text);
  });
});
