import type { KindName } from '../../domain/kinds/index.js';
import { foldHeader } from '../fold.js';

/** The columns of one tool's own export, as far as they mean something to us. */
export interface Layout {
  readonly tool: string;
  /** Which of its exports, in the words of its screens. */
  readonly name: string;
  readonly kind: KindName;
  /** Where the column names are from. */
  readonly source: string;
  /** Headers that only this export has together: all of them must be there. */
  readonly needed: readonly string[];
  /**
   * What each column fills: a field, a link, `sourceKey` for the tool's own id of the record, or null where a column is called
   * like one of our fields and means something else. Columns that are not named here are matched by name like any other.
   */
  readonly columns: Readonly<Record<string, string | null>>;
}

/** The layout that a header row has, the one that explains most of it; null for a table of no known tool. */
export function layoutOf(layouts: readonly Layout[], kind: KindName, headers: readonly string[]): Layout | null {
  const present = new Set(headers.map(foldHeader));
  const explained = (layout: Layout) => Object.keys(layout.columns).filter((header) => present.has(foldHeader(header))).length;
  return layouts
    .filter((layout) => layout.kind === kind && layout.needed.every((header) => present.has(foldHeader(header))))
    .reduce<Layout | null>((best, layout) => (best === null || explained(layout) > explained(best) ? layout : best), null);
}
