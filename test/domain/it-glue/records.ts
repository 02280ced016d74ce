/** Random clients as the export sees them: any kinds, links only to records that are there, as the store keeps them. */
import fc from 'fast-check';
import { allKinds, kindOf, type Content, type KindName, type ReferenceIds } from '../../../domain/kinds/index.js';
import type { SourceRecord } from '../../../domain/it-glue/index.js';

const word = fc.constantFrom('Ada', 'Bo', 'ADA', ' ada ', 'Cai', 'Dell', 'ada@x.example', 'ADA@x.example', null);

function contentOf(kind: KindName): fc.Arbitrary<Content> {
  const fields = Object.entries(kindOf(kind).fields).map(([name, field]) => [name, field.type === 'boolean' ? fc.constantFrom(true, false, null) : field.requirement === 'save' ? fc.constantFrom('Ada', 'Bo', 'HQ') : word] as const);
  return fc.record(Object.fromEntries(fields)) as fc.Arbitrary<Content>;
}

export const anyClient: fc.Arbitrary<SourceRecord[]> = fc
  .array(
    fc.constantFrom(...allKinds).chain((kind) => fc.record({ kind: fc.constant(kind.name), content: contentOf(kind.name), pick: fc.array(fc.nat(20), { minLength: 6, maxLength: 6 }) })),
    { maxLength: 30 },
  )
  .map((drafts) => {
    const once = drafts.filter((draft, index) => kindOf(draft.kind).cardinality === 'many' || drafts.findIndex((one) => one.kind === draft.kind) === index);
    const ids = once.map((_, index) => `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`);
    return once.map(({ kind, content, pick }, index) => {
      const references: ReferenceIds = Object.fromEntries(
        Object.entries(kindOf(kind).references).map(([name, { to }], at) => {
          const targets = once.flatMap((one, position) => (to.includes(one.kind) ? [ids[position]!] : []));
          return [name, targets[(pick[at] ?? 0) % (targets.length + 1)] ?? null];
        }),
      );
      return { id: ids[index]!, kind, position: pick[5]! + 1, content, references };
    });
  });

/** A record with the given fields; the others are null. */
export function record(kind: KindName, id: string, content: Partial<Content>, references: ReferenceIds = {}, position = 1): SourceRecord {
  const empty = Object.fromEntries(Object.keys(kindOf(kind).fields).map((name) => [name, null]));
  const unlinked = Object.fromEntries(Object.keys(kindOf(kind).references).map((name) => [name, null]));
  return { id, kind, position, content: { ...empty, ...content } as Content, references: { ...unlinked, ...references } };
}
