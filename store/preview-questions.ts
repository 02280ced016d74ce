import { mappedLists, mapWord, type ListEntry, type MappedList, type MappedWord, type PreviewedWord, type Severity } from '../domain/it-glue/index.js';
import type { KindName } from '../domain/kinds/index.js';
import type { ClientKey } from './client-row.js';
import type { StoreContext } from './context.js';
import { mappingChoices, wordKey, type MappingDecision } from './mappings.js';
import { getPreview } from './previews.js';
import { skippedRecords } from './skips-before-export.js';
import { spellingChoices } from './spelling.js';

/** A make or model of a preview that the account does not have as it is written. */
export interface PreviewedSpelling {
  readonly recordId: string;
  readonly suggestion: { readonly itGlueId: string; readonly band: string } | null;
}

/** A record of a preview that IT Glue would refuse, or may refuse. */
export interface PreviewedProblem {
  readonly kind: KindName;
  readonly recordId: string;
  readonly title: string;
  readonly field: string | null;
  readonly message: string;
  readonly severity: Severity;
  readonly sequence: number;
}

/** The parts of a preview that ask something of a person, as the worker wrote them. */
export interface PreviewedParts {
  readonly spelling?: readonly PreviewedSpelling[];
  readonly lookups?: Readonly<Record<MappedList, readonly PreviewedWord[]>>;
  readonly lists?: Readonly<Record<MappedList, readonly ListEntry[]>>;
  readonly problems?: readonly PreviewedProblem[];
  readonly organizationTypes?: readonly ListEntry[];
  readonly organizationStatuses?: readonly ListEntry[];
}

export type ShownWord = PreviewedWord & MappedWord;

/** A preview with what people have said about it since. */
export interface PreviewAnswers {
  /** Each word with what it becomes now. */
  readonly words: Readonly<Record<MappedList, readonly ShownWord[]>>;
  /** Makes and models that are preselected to be existing ones: nobody has contradicted. */
  readonly preselected: readonly { recordId: string; itGlueId: string }[];
  readonly skipped: ReadonlySet<string>;
  /** Of the account; null for a preview that does not list them. */
  readonly organizationTypes: readonly ListEntry[] | null;
  readonly organizationStatuses: readonly ListEntry[] | null;
  /** What must be answered before an export starts. */
  readonly open: {
    readonly spellings: readonly PreviewedSpelling[];
    readonly words: readonly (ShownWord & { readonly list: MappedList })[];
    readonly problems: readonly PreviewedProblem[];
  };
}

/** Reads what was decided about a preview and what is still open. */
export async function previewAnswers(context: StoreContext, client: ClientKey, previewId: string): Promise<PreviewAnswers> {
  const { content } = await getPreview<PreviewedParts>(context, client, previewId);
  const spelling = content?.spelling ?? [];
  const [decided, words, skipped] = [await spellingChoices(context, client), await wordsNow(context, client, content), await skippedRecords(context, client)];
  const undecided = spelling.filter((row) => row.suggestion && !decided.has(row.recordId));
  return {
    words,
    preselected: undecided.filter((row) => row.suggestion!.band !== 'probable').map((row) => ({ recordId: row.recordId, itGlueId: row.suggestion!.itGlueId })),
    skipped,
    organizationTypes: content?.organizationTypes ?? null,
    organizationStatuses: content?.organizationStatuses ?? null,
    open: {
      spellings: undecided.filter((row) => row.suggestion!.band === 'probable' && !skipped.has(row.recordId)),
      words: mappedLists.flatMap((list) => words[list].filter((row) => row.undecided).map((row) => ({ ...row, list }))),
      problems: (content?.problems ?? []).filter((one) => one.severity === 'refused' && !skipped.has(one.recordId)),
    },
  };
}

async function wordsNow(context: StoreContext, client: ClientKey, content: PreviewedParts | null): Promise<PreviewAnswers['words']> {
  const asked = mappedLists.flatMap((list) => (content?.lookups?.[list] ?? []).map(({ word }) => ({ list, word })));
  const chosen = await mappingChoices(context, client, asked);
  const rows = (list: MappedList) =>
    (content?.lookups?.[list] ?? []).map((row): ShownWord => {
      const person = chosen.get(wordKey({ list, word: row.word }));
      return { ...row, ...mapWord(list, row, content?.lists?.[list] ?? [], { person, memory: row.remembered ?? undefined }) };
    });
  return Object.fromEntries(mappedLists.map((list) => [list, rows(list)])) as unknown as PreviewAnswers['words'];
}

/** What a preview shows of each word, as decisions that the export follows. */
export function shownMappings({ words }: PreviewAnswers): MappingDecision[] {
  return mappedLists.flatMap((list) => words[list].map(({ word, entry }) => ({ list, word, entry })));
}
