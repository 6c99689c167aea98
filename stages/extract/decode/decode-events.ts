/** Told after every decode, to whoever measures this process. */
export interface Decode {
  /** Pictures that came out of the decoder. */
  readonly frames: number;
}

const listeners = new Set<(decode: Decode) => void>();

export function tellDecode(decode: Decode): void {
  for (const listener of listeners) listener(decode);
}

/** @returns a function that stops listening */
export function onDecode(listener: (decode: Decode) => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
