/** Emitted after every decode, for metrics. In a module of its own, so that listeners need not load the decoder. */
interface DecodeEvent {
  /** Frames that were decoded. */
  readonly frames: number;
}

const listeners = new Set<(decode: DecodeEvent) => void>();

export function emitDecode(decode: DecodeEvent): void {
  for (const listener of listeners) listener(decode);
}

/** @returns a function that stops listening */
export function onDecode(listener: (decode: DecodeEvent) => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
