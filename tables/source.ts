import { allKinds, kindOf, secretFields, type AnyKind, type Content, type KindName } from '../domain/kinds/index.js';
import type { SourceRecord } from '../domain/it-glue/index.js';

/** Whether passwords and other secrets are part of a download. Left out, their columns are not there at all. */
export type Secrets = 'included' | 'left_out';

/** Where a download takes its records from: one kind at a time, each read only once and never held whole. */
export interface TableSource {
  readonly secrets: Secrets;
  readonly records: (kind: AnyKind) => AsyncIterable<SourceRecord>;
}

/** A record that is linked to, as a person knows it. */
export interface Link {
  readonly id: string;
  readonly title: string;
}

/** A record on its way into a file: its links carry the titles of what they point to. */
export interface LinkedRecord extends SourceRecord {
  readonly links: Readonly<Record<string, Link | null>>;
}

// Kinds that others link to: only their titles are kept while the rest streams by.
const linkedTo: ReadonlySet<KindName> = new Set(allKinds.flatMap((kind) => Object.values(kind.references).flatMap((reference) => reference.to)));

/**
 * Reads a source kind by kind in the catalogue's order, in which a kind comes after all that it links to, so every title is
 * known when it is needed.
 */
export async function* linkedRecords(source: TableSource): AsyncGenerator<{ kind: AnyKind; records: AsyncGenerator<LinkedRecord> }> {
  const titles = new Map<string, string>();
  for (const kind of allKinds) yield { kind, records: linked(source, kind, titles) };
}

async function* linked(source: TableSource, kind: AnyKind, titles: Map<string, string>): AsyncGenerator<LinkedRecord> {
  for await (const record of source.records(kind)) {
    if (linkedTo.has(kind.name)) titles.set(record.id, kind.title(record.content as never));
    const links = Object.fromEntries(
      Object.keys(kind.references).map((name) => {
        const id = record.references[name];
        return [name, id ? { id, title: titles.get(id) ?? '' } : null];
      }),
    );
    yield { ...record, content: source.secrets === 'included' ? record.content : withoutSecrets(record), links };
  }
}

function withoutSecrets(record: SourceRecord): Content {
  const secrets = secretFields(kindOf(record.kind));
  return Object.fromEntries(Object.entries(record.content).filter(([name]) => !secrets.includes(name)));
}
