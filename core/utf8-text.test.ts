import { expect, it } from 'vitest';
import { utf8Text } from './utf8-text.js';

it.each([
  ['UTF-8', Buffer.from('H\u00fcnd\n'), 'H\u00fcnd\n'],
  ['UTF-8 with a mark', Buffer.from('\uFEFFDog'), 'Dog'],
  ['nothing', Buffer.of(), ''],
  ['UTF-16 with a mark', Buffer.from('\uFEFFDog', 'utf16le'), null],
  ['UTF-16 without', Buffer.from('Dog', 'utf16le'), null],
  ['Latin-1', Buffer.from('H\u00fcnd', 'latin1'), null],
])('reads %s', (_, bytes, text) => {
  expect(utf8Text(bytes)).toBe(text);
});
