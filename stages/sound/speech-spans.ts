import type { Span } from './span.js';

/** Silero VAD's documented defaults (get_speech_timestamps). Speech begins at this probability … */
const SPEECH = 0.5;
/** … and may end once it falls below this one, … */
const NO_SPEECH = SPEECH - 0.15;
/** … for this long. */
const SHORTEST_PAUSE_SEC = 0.1;
const SHORTEST_SPEECH_SEC = 0.25;
/** Added on either side, since the network hears a consonant only once it is under way. */
const PAD_SEC = 0.03;

/** Turns a stream of speech probabilities into spans by hysteresis and minimum lengths. */
export class SpeechSpans {
  private readonly spans: { startSec: number; endSec: number }[] = [];
  private startSec: number | null = null;
  private quietSec: number | null = null;
  private hop = 0;

  /** @param hopSec time a probability stands for */
  constructor(private readonly hopSec: number) {}

  push(probabilities: Float32Array): void {
    for (const probability of probabilities) {
      const nowSec = this.hop * this.hopSec;
      this.hop += 1;
      if (probability >= SPEECH) {
        this.quietSec = null;
        this.startSec ??= nowSec;
      } else if (this.startSec !== null && (probability < NO_SPEECH || this.quietSec !== null)) {
        // Between the two thresholds a pause that has begun goes on, but none begins.
        this.quietSec ??= nowSec;
        if (nowSec - this.quietSec >= SHORTEST_PAUSE_SEC) this.close(this.quietSec);
      }
    }
  }

  /** Spans in order, padded without overlapping, inside [0, endSec]. */
  finish(endSec: number): Span[] {
    this.close(this.quietSec ?? this.hop * this.hopSec);
    return this.spans.map(({ startSec, endSec: stopSec }, i) => {
      const before = this.spans[i - 1]?.endSec ?? -Infinity;
      const after = this.spans[i + 1]?.startSec ?? Infinity;
      return {
        startSec: Math.max(0, startSec - Math.min(PAD_SEC, (startSec - before) / 2)),
        endSec: Math.min(endSec, stopSec + Math.min(PAD_SEC, (after - stopSec) / 2)),
      };
    });
  }

  private close(endSec: number): void {
    if (this.startSec !== null && endSec - this.startSec > SHORTEST_SPEECH_SEC)
      this.spans.push({ startSec: this.startSec, endSec });
    this.startSec = null;
    this.quietSec = null;
  }
}
