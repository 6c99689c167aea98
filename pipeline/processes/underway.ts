/** What is under way, told to whoever will find out why this process died. */
export interface Underway {
  readonly out: string;
  readonly input: string;
  readonly sha256: string;
  readonly step: string;
}

/** @returns what to call when it has ended, well or not. */
export type Announce = (what: Underway) => () => void;
