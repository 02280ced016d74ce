import { createRequire } from 'node:module';
import { TableError } from '../table-error.js';

/** A mark of an XML text: an element that opens or closes, or what stands between. Prefixes of namespaces are taken away. */
export type Mark =
  | { readonly is: 'open'; readonly name: string; readonly attributes: Readonly<Record<string, string>> }
  | { readonly is: 'close'; readonly name: string }
  | { readonly is: 'text'; readonly text: string };

type SaxEvent =
  | { eventType: 'opentag' | 'closetag'; value: { name: string; attributes: Record<string, string> } }
  | { eventType: 'text'; value: string };

// The parser that the Excel library itself reads with. Its readers of whole sheets are not used: one holds the workbook in
// memory, the other keeps sheets in files of the operating system in clear, and passwords are among them.
const parseSax = createRequire(import.meta.url)('exceljs/lib/utils/parse-sax.js') as (text: AsyncIterable<string>) => AsyncGenerator<SaxEvent[]>;

/** The marks of an XML text in portions. @throws {TableError} when it is none */
export async function* marksOf(text: AsyncIterable<string>): AsyncGenerator<Mark[]> {
  try {
    for await (const events of parseSax(text)) yield events.map(markOf);
  } catch (error) {
    if (error instanceof TableError) throw error;
    throw new TableError('The workbook is damaged');
  }
}

function markOf({ eventType, value }: SaxEvent): Mark {
  switch (eventType) {
    case 'opentag':
      return { is: 'open', name: localName(value.name), attributes: value.attributes };
    case 'closetag':
      return { is: 'close', name: localName(value.name) };
    case 'text':
      return { is: 'text', text: value };
  }
}

const localName = (name: string): string => (name.includes(':') ? name.slice(name.indexOf(':') + 1) : name);
