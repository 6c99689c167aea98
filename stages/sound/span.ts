export interface Span {
  readonly startSec: number;
  readonly endSec: number;
}
