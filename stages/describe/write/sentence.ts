import type { Sentence } from '../../../core/schemas/description.js';
import { capitalised } from '../english.js';

/** Builds one sentence of phrases, each with the facts that it rests on, and of words that only join them. */
export class SentenceBuilder {
  private text = '';
  private readonly phrases: { text: string; evidence: string[] }[] = [];

  constructor(private readonly about: Sentence['about']) {}

  /** Adds words that state nothing by themselves. */
  join(text: string): this {
    this.text += text;
    return this;
  }

  state(text: string, ...evidence: readonly string[]): this {
    this.text += text;
    this.phrases.push({ text, evidence: [...new Set(evidence)] });
    return this;
  }

  /** Adds the items as `a, b and c`. */
  list(items: readonly { readonly text: string; readonly evidence: readonly string[] }[]): this {
    for (const [at, { text, evidence }] of items.entries()) {
      if (at > 0) this.join(at === items.length - 1 ? ' and ' : ', ');
      this.state(text, ...evidence);
    }
    return this;
  }

  /** Null for a sentence that states nothing. */
  build(): Sentence | null {
    if (this.phrases.length === 0) return null;
    const startsWithPhrase = this.text.startsWith(this.phrases[0]?.text ?? '');
    const [first, ...rest] = this.phrases;
    const phrases = startsWithPhrase && first ? [{ ...first, text: capitalised(first.text) }, ...rest] : this.phrases;
    return { text: `${capitalised(this.text)}.`, about: this.about, phrases };
  }
}
