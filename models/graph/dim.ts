/**
 * One dimension of a symbolic tensor: a number, or an expression over names (`T`, `2*B*T`, `T+3`). An expression has
 * one canonical spelling, so that equal expressions are equal strings. Anything that is not a sum of products (for
 * example a rounded quotient) is kept as an opaque name in brackets.
 */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** Maps a product of names, sorted (`B*T`; `''` for the constant term), to its coefficient. */
type Terms = Map<string, number>;

/** Splits `text` at every `separator` that is not inside brackets. */
export function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const character of text) {
    if (character === '(') depth++;
    if (character === ')') depth--;
    if (character === separator && depth === 0) {
      parts.push(part);
      part = '';
    } else part += character;
  }
  return [...parts, part];
}

function termsOf(dim: Dim): Terms {
  const terms: Terms = new Map();
  if (typeof dim === 'number') return terms.set('', dim);
  for (const term of splitOutside(dim, '+')) {
    let coefficient = 1;
    const names: string[] = [];
    for (const factor of splitOutside(term, '*')) {
      if (/^-?\d+$/.test(factor)) coefficient *= Number(factor);
      else names.push(factor);
    }
    const key = names.sort().join('*');
    terms.set(key, (terms.get(key) ?? 0) + coefficient);
  }
  return terms;
}

function dimOf(terms: Terms): Dim {
  const kept = [...terms].filter(([, coefficient]) => coefficient !== 0).sort(([a], [b]) => (a < b ? 1 : -1));
  if (kept.length === 0) return 0;
  if (kept.length === 1 && kept[0]?.[0] === '') return kept[0][1];
  return kept
    .map(([names, coefficient]) =>
      names === '' ? `${coefficient}` : coefficient === 1 ? names : `${coefficient}*${names}`,
    )
    .join('+');
}

export function addDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  const sum = termsOf(a);
  for (const [names, coefficient] of termsOf(b)) sum.set(names, (sum.get(names) ?? 0) + coefficient);
  return dimOf(sum);
}

export function multiplyDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  const product: Terms = new Map();
  for (const [namesA, x] of termsOf(a))
    for (const [namesB, y] of termsOf(b)) {
      const names = [...splitOutside(namesA, '*'), ...splitOutside(namesB, '*')]
        .filter((name) => name !== '')
        .sort()
        .join('*');
      product.set(names, (product.get(names) ?? 0) + x * y);
    }
  return dimOf(product);
}

export function subtractDims(a: Dim, b: Dim): Dim {
  return addDims(a, multiplyDims(-1, b));
}

/** a / b if the quotient is exact for every value of the names, otherwise undefined. */
export function divideDims(a: Dim, b: Dim): Dim | undefined {
  if (a === b) return 1;
  const divisor = [...termsOf(b)];
  const [only] = divisor;
  if (divisor.length !== 1 || only === undefined || only[1] === 0) return undefined;
  const quotient: Terms = new Map();
  for (const [names, coefficient] of termsOf(a)) {
    const factors = splitOutside(names, '*').filter((name) => name !== '');
    for (const name of splitOutside(only[0], '*').filter((factor) => factor !== '')) {
      const at = factors.indexOf(name);
      if (at < 0) return undefined;
      factors.splice(at, 1);
    }
    if (coefficient % only[1] !== 0) return undefined;
    quotient.set(factors.join('*'), coefficient / only[1]);
  }
  return dimOf(quotient);
}

/** floor(a / b): an exact expression if there is one, otherwise an opaque name. */
export function floorDivideDim(a: Dim, b: number): Dim {
  if (typeof a === 'number') return Math.floor(a / b);
  return divideDims(a, b) ?? `(${a})/${b}`.replace(/^(.*)$/, '(floor $1)');
}

export function elementCount(shape: Shape): Dim {
  return shape.reduce<Dim>(multiplyDims, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/**
 * The broadcast shape by NumPy's rules, or undefined if the shapes do not broadcast. A named dimension matches only
 * itself or 1, so that no check is left to run time.
 */
export function broadcastShapes(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const out: Dim[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return undefined;
    out.push(x === 1 ? y : x);
  }
  return out;
}
