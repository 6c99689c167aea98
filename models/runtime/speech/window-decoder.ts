import { Tensor, type InferenceSession } from 'onnxruntime-node';
import type { SpeechPreparation } from '../model-spec.js';
import { alignTokens } from './align-tokens.js';
import { applyRules, isLoop, logProbabilityOf, mostProbable } from './token-rules.js';

/** The text of one window as tokens. Times are in steps of 20 ms from the beginning of the window. */
export interface DecodedWindow {
  readonly tokens: readonly number[];
  readonly logProbabilities: readonly number[];
  /** When each token begins; empty for a network that does not return its attention. */
  readonly starts: Int32Array;
  readonly noSpeechProbability: number;
  /** The token of the language; the start token for a network that knows one. */
  readonly language: number;
  /** False when the text looped or reached the limit of tokens. */
  readonly finished: boolean;
}

/** Tokens of a text that never ends: more than fast speech needs, and few enough that a loop costs a second. */
const TOKENS_PER_SEC = 14;
const LEAST_TOKENS = 32;

/** Greedy decoding of one window with a merged decoder: one token per run, the keys and values of earlier ones kept. */
export class WindowDecoder {
  private past: Record<string, Tensor> = {};
  private position = 0;
  private rows: Float32Array[] = [];
  private readonly attended: readonly string[];

  constructor(
    private readonly preparation: SpeechPreparation,
    private readonly session: InferenceSession,
  ) {
    const layers = new Set(preparation.alignmentHeads.map(([layer]) => `cross_attentions.${layer}`));
    const found = session.outputNames.filter((name) => layers.has(name));
    this.attended = found.length === layers.size ? found : [];
  }

  /**
   * @param hidden the output of the encoder
   * @param language its token, or null to let the network decide
   * @param seconds of sound in the window
   * @param timestamps whether the network marks where segments begin and end
   */
  async decode(hidden: Tensor, language: number | null, seconds: number, timestamps: boolean): Promise<DecodedWindow> {
    const { tokens: special } = this.preparation;
    this.past = this.emptyPast();
    this.position = 0;
    this.rows = [];
    let logits = await this.step(hidden, special.start);
    // The network learned to say "nobody speaks" in place of the language, right after the start.
    const noSpeechProbability = Math.exp(logProbabilityOf(logits, special.noTimestamps - 1));
    let spoken = special.start;
    if (special.languages.length > 0) {
      spoken = language ?? likeliest(logits, special.languages);
      logits = await this.step(hidden, spoken);
    }
    if (special.transcribe !== null) logits = await this.step(hidden, special.transcribe);
    if (!timestamps) logits = await this.step(hidden, special.noTimestamps);
    const prompt = this.rows.length - 1;
    const limit = Math.min(this.preparation.maxTokens, LEAST_TOKENS + Math.ceil(TOKENS_PER_SEC * seconds));
    const tokens: number[] = [];
    const text: number[] = [];
    const logProbabilities: number[] = [];
    let finished = false;
    while (tokens.length < limit) {
      applyRules(logits, tokens, special, timestamps);
      const { token, logProbability } = mostProbable(logits);
      if (token === special.end) {
        finished = true;
        break;
      }
      tokens.push(token);
      logProbabilities.push(logProbability);
      if (token < special.end) text.push(token);
      if (isLoop(text)) break;
      logits = await this.step(hidden, token);
    }
    // A row for each token, and one for the end, so that the last word ends before the silence behind it.
    const rows = this.rows.slice(Math.max(0, prompt), Math.max(0, prompt) + tokens.length + 1);
    const heads = this.preparation.alignmentHeads.length;
    const starts =
      rows.length > 0 && tokens.length > 0
        ? alignTokens(rows, heads, this.preparation.soundSteps, Math.ceil(seconds * 50))
        : new Int32Array(0);
    this.rows = [];
    this.past = {};
    return { tokens, logProbabilities, starts, noSpeechProbability, language: spoken, finished };
  }

  /** Reads one token; returns the logits of the next. The first step also computes the keys of the sound. */
  private async step(hidden: Tensor, token: number): Promise<Float32Array> {
    const { session } = this;
    const first = this.position === 0;
    const feeds: Record<string, Tensor> = {
      input_ids: new Tensor('int64', BigInt64Array.of(BigInt(token)), [1, 1]),
      encoder_hidden_states: hidden,
      ...this.past,
    };
    if (session.inputNames.includes('use_cache_branch')) feeds['use_cache_branch'] = new Tensor('bool', [!first], [1]);
    const kept = session.outputNames.filter((name) => name.startsWith('present.') && (first || !isOfSound(name)));
    const outputs = await session.run(feeds, ['logits', ...kept, ...this.attended]);
    for (const name of kept) {
      const value = outputs[name];
      if (value) this.past[name.replace('present', 'past_key_values')] = value;
    }
    this.position += 1;
    if (this.attended.length > 0) this.rows.push(this.attentionOf(outputs));
    const logits = outputs['logits']?.data;
    if (!(logits instanceof Float32Array)) throw new Error('its decoder returns no float32 logits');
    return logits;
  }

  private attentionOf(outputs: InferenceSession.OnnxValueMapType): Float32Array {
    const { alignmentHeads, soundSteps } = this.preparation;
    const row = new Float32Array(alignmentHeads.length * soundSteps);
    alignmentHeads.forEach(([layer, head], index) => {
      const data = outputs[`cross_attentions.${layer}`]?.data;
      if (data instanceof Float32Array)
        row.set(data.subarray(head * soundSteps, (head + 1) * soundSteps), index * soundSteps);
    });
    return row;
  }

  private emptyPast(): Record<string, Tensor> {
    const { heads, headWidth } = this.preparation;
    const names = this.session.inputNames.filter((name) => name.startsWith('past_key_values.'));
    return Object.fromEntries(
      names.map((name) => [name, new Tensor('float32', new Float32Array(0), [1, heads, 0, headWidth])]),
    );
  }
}

function isOfSound(name: string): boolean {
  return name.includes('.encoder.');
}

function likeliest(logits: Float32Array, among: readonly number[]): number {
  return among.reduce((best, token) => ((logits[token] ?? -Infinity) > (logits[best] ?? -Infinity) ? token : best));
}
