/** Unsigned LEB128: seven bits per byte, the lowest first. */
export function leb128(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
  return bytes;
}

/** Signed LEB128 of a 32-bit number. */
export function signedLeb128(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest < -0x40 || rest >= 0x40) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>= 7;
  }
  bytes.push(rest & 0x7f);
  return bytes;
}

/** The bytes, preceded by their number. */
export function sized(bytes: readonly number[]): number[] {
  return [...leb128(bytes.length), ...bytes];
}

/** The entries, preceded by their number. */
export function list(entries: readonly (readonly number[])[]): number[] {
  return [...leb128(entries.length), ...entries.flat()];
}

export function text(value: string): number[] {
  return sized([...Buffer.from(value, 'utf8')]);
}
