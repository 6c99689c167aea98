interface TimedWord {
  readonly text: string;
  readonly startSec: number;
}

/** Differences of the starts of the words that two transcripts share, by their longest common subsequence. */
export function sharedStarts(ours: readonly TimedWord[], theirs: readonly TimedWord[]): number[] {
  const plain = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}']/gu, '');
  const [a, b] = [ours.map(({ text }) => plain(text)), theirs.map(({ text }) => plain(text))];
  const width = b.length + 1;
  const longest = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      longest[i * width + j] =
        a[i] === b[j]
          ? 1 + (longest[(i + 1) * width + j + 1] ?? 0)
          : Math.max(longest[(i + 1) * width + j] ?? 0, longest[i * width + j + 1] ?? 0);
  const differences: number[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) differences.push((ours[i++]?.startSec ?? 0) - (theirs[j++]?.startSec ?? 0));
    else if ((longest[(i + 1) * width + j] ?? 0) >= (longest[i * width + j + 1] ?? 0)) i += 1;
    else j += 1;
  }
  return differences;
}
