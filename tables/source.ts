import { allKinds, secretFields, type AnyKind, type Content, type KindName } from '../domain/kinds/index.js';
import type { SourceRecord } from '../domain/it-glue/index.js';
import type { Inclusion } from '../domain/downloads.js';

/** Where a download takes its records from: one kind at a time, each read only once and never held whole. */
export interface TableSource<R extends SourceRecord = SourceRecord> {
  /** Left out, the columns of passwords and other secrets are not there at all. */
  readonly secrets: Inclusion;
  readonly records: (kind: AnyKind) => AsyncIterable<R>;
}

/** A record that is linked to, as a person knows it. */
export interface Link {
  readonly id: string;
  readonly title: string;
}

/** A record on its way into a file: its links carry the titles of what they point to. */
export type LinkedRecord<R extends SourceRecord = SourceRecord> = R & { readonly links: Readonly<Record<string, Link | null>> };

// Kinds that others link to: only their titles are kept while the rest streams by.
const linkedTo: ReadonlySet<KindName> = new Set(allKinds.flatMap((kind) => Object.values(kind.references).flatMap((reference) => reference.to)));

/**
 * Reads a source kind by kind in the catalogue's order, in which a kind comes after all that it links to, so every title is
 * known when it is needed.
 */
export async function* linkedRecords<R extends SourceRecord>(source: TableSource<R>): AsyncGenerator<{ kind: AnyKind; records: AsyncGenerator<LinkedRecord<R>> }> {
  const titles = new Map<string, string>();
  for (const kind of allKinds) yield { kind, records: linked(source, kind, titles) };
}

async function* linked<R extends SourceRecord>(source: TableSource<R>, kind: AnyKind, titles: Map<string, string>): AsyncGenerator<LinkedRecord<R>> {
  const names = Object.keys(kind.references);
  const hidden = source.secrets === 'included' ? [] : secretFields(kind);
  for await (const record of source.records(kind)) {
    if (linkedTo.has(kind.name)) titles.set(record.id, kind.title(record.content as never));
    const links: Record<string, Link | null> = {};
    for (const name of names) {
      const id = record.references[name];
      links[name] = id ? { id, title: titles.get(id) ?? '' } : null;
    }
    yield { ...record, content: hidden.length === 0 ? record.content : without(hidden, record.content), links };
  }
}

function without(hidden: readonly string[], content: Content): Content {
  return Object.fromEntries(Object.entries(content).filter(([name]) => !hidden.includes(name)));
}
