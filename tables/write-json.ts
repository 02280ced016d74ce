import type { SourceRecord } from '../domain/it-glue/index.js';
import type { Inclusion } from '../domain/downloads.js';
import type { KindName } from '../domain/kinds/index.js';
import { jsonFormat, jsonVersion, type ClientFacts, type PartyWord, type QuestionJson, type RemarkJson } from './client-json.js';
import { linkedRecords, type LinkedRecord, type TableSource } from './source.js';

/** A record with all that is known of how it came to be. */
export interface KeptRecord extends SourceRecord {
  readonly version: number;
  readonly created: { readonly by: string; readonly party: PartyWord; readonly at: Date };
  readonly entered: Readonly<Record<string, { readonly by: string; readonly party: PartyWord; readonly at: string; readonly version: number }>>;
  readonly updatedBy: string;
  readonly updatedAt: Date;
}

/** Everything of a client that its JSON document holds. */
export interface ClientSource extends TableSource<KeptRecord> {
  readonly attachments: Inclusion;
  readonly downloadedAt: Date;
  readonly facts: ClientFacts;
  readonly questions: AsyncIterable<QuestionJson>;
  readonly remarks: AsyncIterable<RemarkJson>;
  /** Where the bytes of an attachment are within the ZIP; null when there are none. */
  readonly filePath: (recordId: string) => string | null;
  /** The names of people. */
  readonly people: (ids: readonly string[]) => Promise<readonly { readonly id: string; readonly name: string }[]>;
}

/** A whole client as JSON text, piece by piece; its shape is `clientJson`. */
export async function* writeJson(source: ClientSource): AsyncGenerator<string> {
  const { facts, downloadedAt, secrets, attachments } = source;
  const people = new Set<string>();
  const seen = <T>(named: T): T => {
    notePeople(named, people);
    return named;
  };
  const { client, ...states } = seen(facts);
  const head = { format: jsonFormat, version: jsonVersion, downloadedAt: downloadedAt.toISOString(), passwords: secrets, attachments, client, ...states };
  yield `${JSON.stringify(head).slice(0, -1)},"kinds":{`;
  let between = '';
  for await (const { kind, records } of linkedRecords(source)) {
    yield `${between}${JSON.stringify(kind.name satisfies KindName)}:[`;
    between = ',\n';
    yield* listed(shownRecords(records, (record) => {
      people.add(record.created.by).add(record.updatedBy);
      for (const { by } of Object.values(record.entered)) people.add(by);
      return shown(record, kind.title(record.content as never), kind.name === 'attachment' ? source.filePath(record.id) : null);
    }));
  }
  yield '},"questions":[';
  yield* listed(shownRecords(source.questions, seen));
  yield ',"remarks":[';
  yield* listed(shownRecords(source.remarks, seen));
  yield `,"people":${JSON.stringify(await source.people([...people]))}}\n`;
}

function shown(record: LinkedRecord<KeptRecord>, title: string, path: string | null): object {
  const { id, position, version, content, links, answers, created, entered, updatedBy, updatedAt } = record;
  return {
    id,
    position,
    version,
    title,
    fields: content,
    references: links,
    ...(answers && hasMembers(answers) ? { answers } : {}),
    created,
    ...(hasMembers(entered) ? { entered } : {}),
    updated: { by: updatedBy, at: updatedAt },
    ...(path === null ? {} : { file: { path, size: content['size'], sha256: content['sha256'] } }),
  };
}

async function* shownRecords<T>(items: AsyncIterable<T>, show: (item: T) => unknown): AsyncGenerator<unknown> {
  for await (const item of items) yield show(item);
}

/** The items of an array and its end. */
async function* listed(items: AsyncIterable<unknown>): AsyncGenerator<string> {
  let comma = '\n';
  for await (const item of items) {
    yield `${comma}${JSON.stringify(item)}`;
    comma = ',\n';
  }
  yield ']';
}

const hasMembers = (object: object) => Object.keys(object).length > 0;

/** Members that hold the id of a person. */
const personMembers: ReadonlySet<string> = new Set(['by', 'submittedBy', 'approvedBy', 'engineerId', 'managerId', 'salesRepId']);

function notePeople(named: unknown, people: Set<string>): void {
  if (typeof named !== 'object' || named === null) return;
  for (const [name, value] of Object.entries(named)) {
    if (typeof value === 'string' && personMembers.has(name)) people.add(value);
    else notePeople(value, people);
  }
}

/** A list of any length as JSON text, piece by piece: `{ "<name>": [...] }`. */
export async function* jsonOfItems(name: string, items: AsyncIterable<object>): AsyncGenerator<string> {
  yield `{${JSON.stringify(name)}:[`;
  yield* listed(items);
  yield '}\n';
}
