/** What a ranking knows of the whole index. `averageLength` is in words. */
export type Corpus = { texts: number; averageLength: number };

const saturation = 1.2;
const lengthWeight = 0.75;
const leastRarity = 1e-6;

/**
 * Okapi BM25 with the constants and the floor of SQLite's FTS5, so that both engines give the same scores.
 * `textsWith` holds, for each token of the query, how many texts have it.
 */
export function createBm25(corpus: Corpus, textsWith: ReadonlyMap<string, number>) {
  const rarity = new Map(
    [...textsWith].map(([token, texts]) => {
      const odds = Math.log((corpus.texts - texts + 0.5) / (texts + 0.5));
      return [token, odds > 0 ? odds : leastRarity];
    }),
  );
  /** The score of one text, given as its tokens; more is better. `length` is its number of words. */
  return (tokens: string[], length: number): number => {
    const counts = new Map<string, number>();
    for (const token of tokens) if (rarity.has(token)) counts.set(token, (counts.get(token) ?? 0) + 1);
    const norm = saturation * (1 - lengthWeight + (lengthWeight * length) / corpus.averageLength);
    let score = 0;
    // In the order of the query, as FTS5 does, so that texts of equal score stay equal to the last bit.
    for (const [token, weight] of rarity) {
      const count = counts.get(token) ?? 0;
      score += weight * ((count * (saturation + 1)) / (count + norm));
    }
    return score;
  };
}
