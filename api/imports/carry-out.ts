import { allKinds, type AnyKind } from '../../domain/kinds/index.js';
import type { Actor } from '../../domain/roles.js';
import { appendAudit, inTransaction, insertRecords, isUniqueViolation, partyOf, Refusal, rewriteRecord, touchClient, type ClientKey, type Store, type StoreContext } from '../../store/index.js';
import { wholeRecord } from '../schemas/record.js';
import type { Besides } from './links.js';
import { idsOf, type ImportPlan } from './plan.js';

/** Rows that are added with one look at their links. */
const portion = 2_000;

/** How long the largest import may take to write: 100,000 rows take about half of it on a small machine. */
const longestMs = 120_000;

/** Writes a plan without faults in one transaction: all of it, or nothing. */
export async function carryOut(store: Store, client: ClientKey, actor: Actor, kind: AnyKind, plan: ImportPlan): Promise<void> {
  try {
    await inTransaction(store, async (context) => {
      await touchClient(context, client, kind.section);
      const made = await makeBesides(context, client, actor, plan.besides);
      for (let start = 0; start < plan.additions.length; start += portion) {
        const items = plan.additions
          .slice(start, start + portion)
          .map(({ content, links }) => ({ content, references: { ...wholeRecord(kind, { fields: {} }).references, ...idsOf(links, made) } }));
        await insertRecords(context, client, actor, kind, items);
      }
      for (const { before, fields, links } of plan.changes) {
        await rewriteRecord(context, client, actor, kind, before.id, { version: before.version, fields, references: idsOf(links, made) });
      }
      await appendAudit(context, {
        ...client,
        actorId: actor.userId,
        party: partyOf(actor),
        action: 'record.imported',
        details: { kind: kind.name, created: plan.additions.length, updated: plan.changes.length, unchanged: plan.unchanged, besides: plan.besides.length },
      });
    }, longestMs);
  } catch (error) {
    if (isUniqueViolation(error)) throw new Refusal('name_taken', 'Somebody added a record of the same name meanwhile; import the file again');
    throw error;
  }
}

/** Makes makes first, then models under them. */
async function makeBesides(context: StoreContext, client: ClientKey, actor: Actor, besides: readonly Besides[]): Promise<Map<Besides, string>> {
  const made = new Map<Besides, string>();
  // In the order of the catalogue a kind comes after every kind that it links to.
  for (const kind of allKinds) {
    const these = besides.filter((one) => one.kind.name === kind.name);
    if (these.length === 0) continue;
    const records = await insertRecords(context, client, actor, kind, these.map(({ content, links }) => ({ content, references: idsOf(links, made) })));
    these.forEach((one, index) => made.set(one, records[index]!.id));
  }
  return made;
}
