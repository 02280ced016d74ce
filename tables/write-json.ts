import type { KindName } from '../domain/kinds/index.js';
import { linkedRecords, type TableSource } from './source.js';

/** Version of the shape below; changes when a reader of an older one could be misled. */
export const jsonVersion = 1;

/**
 * A whole client as JSON text, piece by piece: `{ version, client, secrets, kinds: { site: [{ id, title, fields, references, answers? }] } }`.
 * Nothing is lost: every field as it is kept, every link by id and by title. The bytes of attachments are fetched one by one.
 */
export async function* writeJson(client: { id: string; company: string; downloadedAt: Date }, source: TableSource): AsyncGenerator<string> {
  yield `{"version":${jsonVersion},"client":${JSON.stringify(client)},"secrets":${JSON.stringify(source.secrets)},"kinds":{`;
  let between = '';
  for await (const { kind, records } of linkedRecords(source)) {
    yield `${between}${JSON.stringify(kind.name satisfies KindName)}:[`;
    between = ',\n';
    let comma = '\n';
    for await (const record of records) {
      const shown = { id: record.id, title: kind.title(record.content as never), fields: record.content, references: record.links, ...(record.answers && Object.keys(record.answers).length > 0 ? { answers: record.answers } : {}) };
      yield `${comma}${JSON.stringify(shown)}`;
      comma = ',\n';
    }
    yield ']';
  }
  yield '}}\n';
}

/** A list of any length as JSON text, piece by piece: `{ "<name>": [...] }`. */
export async function* jsonOfItems(name: string, items: AsyncIterable<object>): AsyncGenerator<string> {
  yield `{${JSON.stringify(name)}:[`;
  let comma = '\n';
  for await (const item of items) {
    yield `${comma}${JSON.stringify(item)}`;
    comma = ',\n';
  }
  yield ']}\n';
}
