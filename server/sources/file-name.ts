/** Common file systems allow 255 bytes; the rest is left for suffixes that programs append. */
const MAX_BYTES = 200;

/**
 * Makes an untrusted file name safe to create and to show: keeps the last part of a path of any operating system, removes
 * control characters, bidirectional marks and leading dots, and is never empty. Spaces, quotes, dashes and letters of any
 * script are kept.
 */
export function safeFileName(given: string): string {
  const last = given.split(/[/\\]/).at(-1) ?? '';
  const plain = last
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu, '')
    .replace(/[<>:"|?*]/g, '_')
    .trim()
    .replace(/^\.+/, '');
  return shorten(plain === '' ? 'upload' : plain);
}

/** Shortens the name before its extension, between characters. */
function shorten(name: string): string {
  if (Buffer.byteLength(name) <= MAX_BYTES) return name;
  const extension = /\.[\w-]{1,10}$/.exec(name)?.[0] ?? '';
  let stem = '';
  for (const character of name.slice(0, name.length - extension.length)) {
    if (Buffer.byteLength(stem + character + extension) > MAX_BYTES) break;
    stem += character;
  }
  return `${stem}${extension}`;
}
