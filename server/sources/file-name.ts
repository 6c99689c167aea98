/** Common file systems take 255 bytes; the rest is room for what programs append. */
const MAX_BYTES = 200;

/**
 * A stranger's file name as one that is safe to create and to show: the last part of a path of any system, without
 * control characters and bidirectional marks, never hidden, never empty. Spaces, quotes, dashes and letters of any script stay.
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

/** Cut before the extension, between characters. */
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
