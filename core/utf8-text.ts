import { isUtf8 } from 'node:buffer';

/**
 * Decodes the bytes of a text file and drops its byte-order mark. Returns null for bytes that are not UTF-8 text, among
 * them UTF-16, which some editors call "Unicode".
 */
export function utf8Text(bytes: Buffer): string | null {
  // Text never contains a zero byte, but UTF-16 without a byte-order mark is full of them and can pass for UTF-8.
  if (!isUtf8(bytes) || bytes.includes(0)) return null;
  return bytes.toString().replace(/^\uFEFF/, '');
}
