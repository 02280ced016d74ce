import type { KindName } from '../../domain/kinds/index.js';
import type { StoredImport } from '../../store/index.js';
import type { CellFault } from '../../tables/convert.js';
import type { ColumnChoice } from '../../tables/match.js';
import type { Reading, ReadingChoices } from '../../tables/read.js';
import type { Survey } from '../../tables/survey.js';
import type { StoredFile } from './stored-file.js';

/** What is kept, sealed, of an import between its steps. */
export interface ImportContent {
  /** What the person said of how the file is to be read, and of its columns. */
  readonly choices: ReadingChoices;
  readonly columns: readonly ColumnChoice[];
  /** What was said of such a file before. */
  readonly remembered: readonly ColumnChoice[];
  /** The bytes of the file as they came; null for a pasted table, whose text is not kept. */
  readonly file: StoredFile | null;
  readonly table: TableContent;
  readonly plan: PlanSummary;
}

/** A file once read: its header, and what was seen in its rows. */
export interface TableContent {
  readonly reading: Reading;
  readonly headers: readonly string[];
  readonly survey: Survey;
}

/** What a table means for a client's records. */
export interface PlanSummary {
  /** Why nothing of it can be imported as it is. */
  readonly problems: readonly string[];
  readonly new: number;
  readonly changed: number;
  /** Rows that say what is there already. */
  readonly same: number;
  readonly bad: number;
  /** Makes and models that rows name and that are not there. */
  readonly alsoCreated: Readonly<Partial<Record<KindName, number>>>;
  /** Whether a bad row says the same as one before it: the file of bad rows then tells which of them it is. */
  readonly alike?: true;
  /** All of them; `faults` lists the first. */
  readonly faultCount: number;
  readonly faults: readonly CellFault[];
}

export type Imported = StoredImport<ImportContent>;
