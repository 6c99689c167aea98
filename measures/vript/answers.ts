/** The letter that an answer chooses: the first capital in parentheses. Null where there is none, which counts as wrong. */
export function chosenLetter(answer: string): string | null {
  return /\(([A-Z])\)/u.exec(answer)?.[1] ?? null;
}

/**
 * Vript-RR: share of multiple-choice answers that are right, 0 to 1. The published code drops empty answers from the
 * denominator; here they count as wrong, and the published figure stands beside it.
 */
export function retrievalAccuracy(answers: readonly { readonly predicted: string; readonly truth: string }[]): {
  readonly accuracy: number;
  readonly published: number;
  readonly empty: number;
} {
  const right = answers.filter(({ predicted, truth }) => chosenLetter(predicted) === letterOf(truth)).length;
  const empty = answers.filter(({ predicted }) => predicted.trim() === '').length;
  const rate = (count: number): number => (count === 0 ? 0 : right / count);
  return { accuracy: rate(answers.length), published: rate(answers.length - empty), empty };
}

function letterOf(truth: string): string {
  return chosenLetter(truth) ?? truth.trim().slice(0, 1).toUpperCase();
}

/** Scenes that Vript-ERO asks to put in order. */
const SCENES = 3;

/** The order that an answer gives: "Scene (X)" three times, else the first three capitals that stand alone. */
export function chosenOrder(answer: string): string[] {
  const named = [...answer.matchAll(/Scene\s*\(([A-Z])\)/gu)].map(([, letter = '']) => letter);
  const letters = named.length > 0 ? named : [...answer.matchAll(/[A-Z]/gu)].map(([letter]) => letter);
  return letters.slice(0, SCENES);
}

/** Vript-ERO: shares of answers with at least one, at least two and all three scenes in the right place, 0 to 1. */
export function orderAccuracy(answers: readonly { readonly predicted: string; readonly truth: string }[]): {
  readonly at1: number;
  readonly at2: number;
  readonly at3: number;
} {
  const places = answers.map(({ predicted, truth }) => {
    const ours = chosenOrder(predicted);
    const theirs = chosenOrder(truth);
    return ours.length === SCENES ? ours.filter((letter, at) => letter === theirs[at]).length : 0;
  });
  const rate = (least: number): number =>
    places.length === 0 ? 0 : places.filter((count) => count >= least).length / places.length;
  return { at1: rate(1), at2: rate(2), at3: rate(3) };
}
