import { isUtf8 } from 'node:buffer';

/** A text file's content without its byte-order mark; null for what is none, UTF-16 ("Unicode" of some editors) included. */
export function utf8Text(bytes: Buffer): string | null {
  // No text holds a zero, and UTF-16 without a mark is full of them.
  if (!isUtf8(bytes) || bytes.includes(0)) return null;
  return bytes.toString().replace(/^\uFEFF/, '');
}
