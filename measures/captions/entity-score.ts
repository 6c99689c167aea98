/** What the published code adds to the recall. */
const OFFSET = 1e-4;

/**
 * EntityScore of one description: harmonic mean of how many entities of the reference are named and of how close the named
 * entities are to those of the reference (OpenNLPLab/FAVDBench, Metrics/EntityScore/score.py). 0 to 1, higher is better;
 * papers print it times 100. Null where either text names no entity: such a pair is left out of the mean.
 * @param predicted stemmed nouns of the description, each once
 * @param similarity cosine of two entities, -1 to 1; the published figures use the encoder of t5-base, averaged with its
 *   padding, so they are not comparable with those of another encoder. Without one, equal words alone are alike.
 */
export function entityScore(
  predicted: readonly string[],
  reference: readonly string[],
  similarity: (a: string, b: string) => number = (a, b) => (a === b ? 1 : -1),
): number | null {
  const ours = [...new Set(predicted)];
  const theirs = new Set(reference);
  if (ours.length === 0 || theirs.size === 0) return null;
  const recall = ours.filter((entity) => theirs.has(entity)).length / theirs.size + OFFSET;
  const closeness =
    ours.reduce((sum, entity) => {
      const best = Math.max(...[...theirs].map((other) => (similarity(entity, other) + 1) / 2));
      return sum + Math.min(1, best);
    }, 0) / ours.length;
  return closeness === 0 ? 0 : (2 * recall * closeness) / (recall + closeness);
}
