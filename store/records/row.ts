import type { Answers } from '../../domain/answers.js';
import { filledOf } from '../../domain/completeness.js';
import type { SourceRecord } from '../../domain/it-glue/index.js';
import { allKinds, type AnyKind, type Content, type KindName, type ReferenceIds, type Section } from '../../domain/kinds/index.js';
import type { Party } from '../audit.js';
import type { ClientKey } from '../client-row.js';
import type { StoreContext } from '../context.js';
import { noMarks, type Marks } from '../marks.js';
import type { Opener, Place } from '../vault/vault.js';

export interface StoredRecord extends SourceRecord {
  readonly section: Section;
  readonly version: number;
  readonly marks: Marks;
  readonly answers: Answers;
  /** Who made the record: the author of every field that was not changed since. */
  readonly created: { readonly by: string; readonly party: Party; readonly at: Date };
  readonly updatedAt: Date;
  readonly updatedBy: string;
}

export interface NewRecord {
  readonly content: Content;
  readonly references: ReferenceIds;
  readonly answers?: Answers;
}

/** A row of the table as the database gives it. */
export interface RecordRow {
  id: string;
  kind: string;
  section: string;
  position: number;
  version: number;
  references: unknown;
  content: Uint8Array;
  marks: Uint8Array | null;
  createdAt: Date;
  createdBy: string;
  createdFor: string;
  updatedAt: Date;
  updatedBy: string;
}

/** Where records' fields are sealed, and what is kept of them beside that. */
export const contentField = { table: 'Record', field: 'content' } as const;
export const marksField = { table: 'Record', field: 'marks' } as const;

const recordPlace = (id: string) => ({ ...contentField, row: id });
const marksPlace = (id: string) => ({ ...marksField, row: id });

/** What is sealed of a record's fields: those that hold a value. Most records fill a part of theirs. */
export function contentText(content: Content): string {
  const held: Content = {};
  for (const name in content) if (content[name] !== null) held[name] = content[name]!;
  return JSON.stringify(held);
}

/** A record of each kind of which nothing is known. */
const unfilled = new Map<string, Content>(allKinds.map((kind) => [kind.name, Object.fromEntries(Object.keys(kind.fields).map((name) => [name, null]))]));

const contentOf = (open: Opener, kind: string, id: string, sealed: Uint8Array): Content => ({ ...unfilled.get(kind), ...(JSON.parse(open(recordPlace(id), sealed).toString('utf8')) as Content) });

/** The fields of a record whose other columns are not needed. @throws {KeyGoneError} */
export async function openContent(context: StoreContext, client: ClientKey, { id, kind, content }: Pick<RecordRow, 'id' | 'kind' | 'content'>): Promise<Content> {
  return contentOf(await context.vault.opener(client), kind, id, content);
}

/** What the columns of a record hold that follow from its fields, links and marks. The sealed ones open only under that id. */
export async function sealedRecord(context: StoreContext, client: ClientKey, kind: AnyKind, id: string, { content, references, marks }: Pick<StoredRecord, 'content' | 'references' | 'marks'>) {
  return {
    content: await context.vault.seal(client, recordPlace(id), Buffer.from(contentText(content))),
    marks: await sealMarks(context, client, id, marks),
    nameHash: nameHash(context, client, kind, { content, references }),
    ...filledOf(kind, content, references, marks.answers),
  };
}

/** Keyed hash of what makes a record unique within its client, or null where equal ones may exist. */
export function nameHash(context: StoreContext, client: ClientKey, kind: AnyKind, item: NewRecord): string | null {
  const name = kind.uniqueBy?.(item.content as never, item.references as never);
  return name === undefined ? null : context.vault.nameHash(`${kind.name}|${client.clientId}`, name);
}

/** Whether anything is kept of a record beside its values: without it the column stays empty. */
export const hasMarks = (marks: Marks): boolean => marks !== noMarks && (Object.keys(marks.entered).length > 0 || Object.keys(marks.answers).length > 0);

async function sealMarks(context: StoreContext, client: ClientKey, id: string, marks: Marks) {
  return hasMarks(marks) ? context.vault.sealJson(client, marksPlace(id), marks) : null;
}

/** Opens a row of the table as a record. */
export async function openRecord(context: StoreContext, client: ClientKey, row: RecordRow): Promise<StoredRecord> {
  return opened(await context.vault.opener(client), row);
}

/** Opens rows of one client. */
export async function openRecords(context: StoreContext, client: ClientKey, rows: readonly RecordRow[]): Promise<StoredRecord[]> {
  if (rows.length === 0) return [];
  const open = await context.vault.opener(client);
  return rows.map((row) => opened(open, row));
}

function opened(open: Opener, row: RecordRow): StoredRecord {
  const json = <T>(place: Place, sealed: Uint8Array) => JSON.parse(open(place, sealed).toString('utf8')) as T;
  const marks = row.marks ? json<Marks>(marksPlace(row.id), row.marks) : noMarks;
  return {
    id: row.id,
    kind: row.kind as KindName,
    section: row.section as Section,
    position: row.position,
    version: row.version,
    references: row.references as ReferenceIds,
    content: contentOf(open, row.kind, row.id, row.content),
    marks,
    answers: marks.answers,
    created: { by: row.createdBy, party: row.createdFor as Party, at: row.createdAt },
    updatedAt: row.updatedAt,
    updatedBy: row.updatedBy,
  };
}
