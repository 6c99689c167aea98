import type { Span } from './silences.js';

// The defaults that Silero VAD documents for `get_speech_timestamps`.
/** Speech begins at this probability. */
const START_THRESHOLD = 0.5;
/** A pause begins below this probability. */
const END_THRESHOLD = START_THRESHOLD - 0.15;
/** A shorter pause does not end a span of speech. */
const MIN_PAUSE_SEC = 0.1;
const MIN_SPEECH_SEC = 0.25;
/** Added on either side, because the network reacts to a consonant only after its beginning. */
const PAD_SEC = 0.03;

/** Turns a stream of speech probabilities into spans by hysteresis and minimum lengths. */
export class SpeechSpans {
  private readonly spans: { startSec: number; endSec: number }[] = [];
  private startSec: number | null = null;
  private quietSec: number | null = null;
  private hop = 0;

  /** @param hopSec duration that one probability stands for */
  constructor(private readonly hopSec: number) {}

  push(probabilities: Float32Array): void {
    for (const probability of probabilities) {
      const nowSec = this.hop * this.hopSec;
      this.hop += 1;
      if (probability >= START_THRESHOLD) {
        this.quietSec = null;
        this.startSec ??= nowSec;
      } else if (this.startSec !== null && (probability < END_THRESHOLD || this.quietSec !== null)) {
        // Between the two thresholds a pause that has begun continues, but no new one begins.
        this.quietSec ??= nowSec;
        if (nowSec - this.quietSec >= MIN_PAUSE_SEC) this.close(this.quietSec);
      }
    }
  }

  /** The spans in order, padded without overlapping, inside [0, endSec]. */
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
    if (this.startSec !== null && endSec - this.startSec > MIN_SPEECH_SEC)
      this.spans.push({ startSec: this.startSec, endSec });
    this.startSec = null;
    this.quietSec = null;
  }
}
