import { kindOf, type Content, type KindName } from '../../domain/kinds/index.js';
import type { SourceRecord } from '../../domain/it-glue/index.js';
import type { TableSource } from '../../tables/source.js';

/** A client that has records of one kind only; fields that are not given are empty. */
export function sourceOf(kind: KindName, contents: readonly Partial<Content>[]): TableSource {
  const records = contents.map((content, index): SourceRecord => {
    const whole = Object.fromEntries(Object.keys(kindOf(kind).fields).map((name) => [name, content[name] ?? null]));
    return { id: `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`, kind, position: index + 1, content: whole, references: {} };
  });
  async function* none() {}
  async function* all() {
    yield* records;
  }
  return { secrets: 'included', records: (asked) => (asked.name === kind ? all() : none()) };
}
