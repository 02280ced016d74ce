import type { AnyKind, KindName, ReferenceIds } from '../../domain/kinds/index.js';
import { ofClient, type ClientKey } from '../client-row.js';
import type { StoreContext } from '../context.js';
import { Refusal, type FieldProblem } from '../errors.js';

/** Refuses links that the kind does not have, or that point to no record of the client of the right kind. Of several sets it names the `item`, from 0. */
export async function checkReferences(context: StoreContext, client: ClientKey, kind: AnyKind, sets: readonly ReferenceIds[]): Promise<void> {
  const wanted = new Map<string, { id: string; name: string; to: readonly KindName[]; item: number }>();
  for (const [item, references] of sets.entries()) {
    for (const [name, id] of Object.entries(references)) {
      const rule = kind.references[name];
      if (!rule) throw new Refusal('invalid', 'A link is not known', [{ field: `references.${name}`, message: 'is not known' }]);
      const key = `${name}/${id}`;
      if (id && !wanted.has(key)) wanted.set(key, { id, name, to: rule.to, item });
    }
  }
  if (wanted.size === 0) return;
  const rows = await context.db.record.findMany({
    where: { ...ofClient(client), id: { in: [...new Set([...wanted.values()].map(({ id }) => id))] } },
    select: { id: true, kind: true },
  });
  const found = new Map(rows.map((row) => [row.id, row.kind as KindName]));
  const problems: FieldProblem[] = [];
  for (const { id, name, to, item } of wanted.values()) {
    const target = found.get(id);
    if (!target || !to.includes(target)) {
      problems.push({ field: `references.${name}`, message: `must be the id of one of: ${to.join(', ')} of this client`, ...(sets.length > 1 ? { item } : {}) });
    }
  }
  if (problems.length > 0) throw new Refusal('invalid', 'A link points to no record of this client', problems);
}
