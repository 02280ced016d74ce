const MOST_POSTINGS = 150;
const RAREST = 5;
const BEST = 5;

function trigramsOf(text: string): string[] {
  const padded = `^${text}$`;
  const result = new Set<string>();
  for (let i = 0; i + 3 <= padded.length; i += 1) result.add(padded.slice(i, i + 3));
  return [...result];
}

/** Finds texts that look alike by their rarest runs of three characters; bounded work per look-up. */
export class TrigramIndex {
  private readonly postings = new Map<string, number[]>();
  private readonly sizes: number[];

  constructor(texts: readonly string[]) {
    this.sizes = texts.map((text, at) => {
      const grams = trigramsOf(text);
      for (const gram of grams) {
        const list = this.postings.get(gram);
        if (list) list.push(at);
        else this.postings.set(gram, [at]);
      }
      return grams.length;
    });
  }

  /** The best few, most alike first; `similarity` is the Dice coefficient over the runs looked at, 0 to 1. */
  nearest(text: string): { at: number; similarity: number }[] {
    const grams = trigramsOf(text);
    const lists = grams
      .map((gram) => this.postings.get(gram) ?? [])
      .filter((list) => list.length > 0)
      .sort((a, b) => a.length - b.length)
      .slice(0, RAREST);
    const hits = new Map<number, number>();
    for (const list of lists) {
      for (const at of list.slice(0, MOST_POSTINGS)) hits.set(at, (hits.get(at) ?? 0) + 1);
    }
    const best: { at: number; similarity: number }[] = [];
    for (const [at, shared] of hits) {
      const similarity = (2 * shared) / (grams.length + (this.sizes[at] ?? 0));
      const last = best.at(-1);
      if (best.length === BEST && last && (similarity < last.similarity || (similarity === last.similarity && at > last.at))) continue;
      best.push({ at, similarity });
      best.sort((a, b) => b.similarity - a.similarity || a.at - b.at);
      if (best.length > BEST) best.pop();
    }
    return best;
  }
}
