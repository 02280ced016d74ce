import type { KindName } from '../domain/kinds/index.js';
import type { ExportUnit, Resource } from '../domain/it-glue/index.js';
import { ofClient, type ClientKey } from './client-row.js';
import { inTransaction, type Store, type StoreContext } from './context.js';
import { heldStep, StepTaken, type StepHold } from './export-steps.js';
import { newId } from './ids.js';
import { skipChildren } from './skips.js';

/**
 * planned: nothing was sent. intended: a request may be under way or its outcome unknown. created: IT Glue gave an id.
 * existing: a shared entry (manufacturer, model) that was there already. failed: IT Glue refused it. skipped: a person left it out.
 */
export type LedgerState = 'planned' | 'intended' | 'created' | 'existing' | 'failed' | 'skipped';

export interface LedgerEntry {
  readonly id: string;
  readonly resource: Resource;
  readonly recordId: string;
  readonly kind: KindName;
  readonly sequence: number;
  readonly parent: ExportUnit['parent'];
  readonly state: LedgerState;
  readonly itGlueId: string | null;
  /** IT Glue's clock when the last request for it was sent. */
  readonly intendedAt: Date | null;
  readonly attempts: number;
}

export interface FieldRefusal {
  readonly field: string | null;
  readonly message: string;
}

/**
 * Writes the plan into the ledger. Entries that are there keep their state; a refused one that was corrected since is
 * planned again; a skipped one stays skipped, with all that hangs on it. What was never sent follows the plan: it hangs where
 * the record hangs now, or is removed with it.
 */
export async function planLedger(store: Store, client: ClientKey, units: readonly ExportUnit[]): Promise<void> {
  await inTransaction(store, async (context) => {
    const present = await context.db.ledgerEntry.findMany({ where: ofClient(client), select: { id: true, resource: true, recordId: true, state: true, parentRecordId: true, attempts: true } });
    const known = new Set(present.map((row) => `${row.resource}/${row.recordId}`));
    const fresh = units.map((unit, index) => ({ ...unit, index })).filter((unit) => !known.has(`${unit.resource}/${unit.recordId}`));
    for (let start = 0; start < fresh.length; start += 1_000) await insertEntries(context, client, fresh.slice(start, start + 1_000));
    if (present.length === 0) return;
    const wanted = new Map(units.map((unit) => [`${unit.resource}/${unit.recordId}`, unit.parent]));
    const unsent = present.filter((row) => ['planned', 'failed'].includes(row.state));
    // One that was skipped before anything was sent goes with its record, too.
    const neverSent = present.filter((row) => row.state === 'skipped' && row.attempts === 0);
    const gone = [...unsent, ...neverSent].filter((row) => !wanted.has(`${row.resource}/${row.recordId}`));
    await context.db.ledgerEntry.deleteMany({ where: { id: { in: gone.map((row) => row.id) } } });
    for (const row of unsent) {
      const parent = wanted.get(`${row.resource}/${row.recordId}`);
      if (parent === undefined || row.parentRecordId === (parent?.recordId ?? null)) continue;
      await context.db.ledgerEntry.update({ where: { id: row.id }, data: { parentResource: parent?.resource ?? null, parentRecordId: parent?.recordId ?? null } });
    }
    await planRefused(context, client);
    await skipChildren(context, client);
  });
}

/** One statement with one array a column: a large plan costs a fraction of the time and memory that `createMany` takes. */
async function insertEntries(context: StoreContext, client: ClientKey, units: readonly (ExportUnit & { index: number })[]): Promise<void> {
  const { tenantId, clientId } = ofClient(client);
  await context.db.$executeRaw`
    INSERT INTO "LedgerEntry" ("tenantId", "clientId", "id", "resource", "recordId", "kind", "sequence", "parentResource", "parentRecordId")
    SELECT ${tenantId}::uuid, ${clientId}::uuid, u.* FROM unnest(
      ${units.map(() => newId())}::uuid[], ${units.map((unit) => unit.resource)}::text[], ${units.map((unit) => unit.recordId)}::uuid[],
      ${units.map((unit) => unit.kind)}::text[], ${units.map((unit) => unit.index)}::int[],
      ${units.map((unit) => unit.parent?.resource ?? null)}::text[], ${units.map((unit) => unit.parent?.recordId ?? null)}::uuid[]) AS u`;
}

/** Refused records are tried again: a person may have corrected them. */
export async function planRefused(context: StoreContext, client: ClientKey): Promise<void> {
  await context.db.ledgerEntry.updateMany({ where: { ...ofClient(client), state: 'failed' }, data: { state: 'planned', problems: [] } });
}

/** Entries of a resource that are not settled yet, in order. */
export async function openEntries(context: StoreContext, client: ClientKey, resource: Resource, limit: number): Promise<LedgerEntry[]> {
  const rows = await context.db.ledgerEntry.findMany({
    where: { ...ofClient(client), resource, state: { in: ['planned', 'intended'] } },
    orderBy: { sequence: 'asc' },
    take: limit,
  });
  return rows.map(readEntry);
}

/** The entry of one record, or null. */
export async function entryOf(context: StoreContext, client: ClientKey, resource: Resource, recordId: string): Promise<LedgerEntry | null> {
  const row = await context.db.ledgerEntry.findUnique({
    where: { clientId_resource_recordId: { clientId: ofClient(client).clientId, resource, recordId } },
  });
  return row && row.tenantId === client.tenantId ? readEntry(row) : null;
}

/** IT Glue ids of all settled entries, by `resource/recordId`. */
export async function settledIds(context: StoreContext, client: ClientKey, resources: readonly Resource[]): Promise<Map<string, string>> {
  const rows = await context.db.ledgerEntry.findMany({
    where: { ...ofClient(client), resource: { in: [...resources] }, itGlueId: { not: null } },
    select: { resource: true, recordId: true, itGlueId: true },
  });
  return new Map(rows.map((row) => [`${row.resource}/${row.recordId}`, row.itGlueId!]));
}

/**
 * Must be written right before the request goes out. `intendedAt`: IT Glue's clock.
 * @throws {StepTaken} and nothing may be sent, when another attempt of the step works on the entries now
 */
export async function markIntended(context: StoreContext, hold: StepHold, ids: readonly string[], intendedAt: Date): Promise<void> {
  const count = await context.db.$executeRaw`
    WITH held AS (${heldStep(hold)})
    UPDATE "LedgerEntry" SET "state" = 'intended', "intendedAt" = ${intendedAt}, "attempts" = "attempts" + 1
    WHERE "id" = ANY(${[...ids]}::uuid[]) AND "state" IN ('planned', 'intended') AND EXISTS (SELECT 1 FROM held)`;
  if (count !== ids.length) throw new StepTaken();
}

/** The request certainly had no effect: its entries may be sent again. Without the hold it says nothing about the requests of who has it. */
export async function markPlanned(context: StoreContext, hold: StepHold, ids: readonly string[]): Promise<void> {
  await context.db.$executeRaw`
    WITH held AS (${heldStep(hold)})
    UPDATE "LedgerEntry" SET "state" = 'planned'
    WHERE "id" = ANY(${[...ids]}::uuid[]) AND "state" = 'intended' AND EXISTS (SELECT 1 FROM held)`;
}

export async function markCreated(
  context: StoreContext,
  created: readonly { id: string; itGlueId: string }[],
  state: 'created' | 'existing' = 'created',
): Promise<void> {
  if (created.length === 0) return;
  const ids = created.map((one) => one.id);
  const itGlueIds = created.map((one) => one.itGlueId);
  await context.db.$executeRaw`
    UPDATE "LedgerEntry" AS l SET "state" = ${state}, "itGlueId" = v."itGlueId", "settledAt" = now(), "problems" = NULL
    FROM unnest(${ids}::uuid[], ${itGlueIds}::text[]) AS v("id", "itGlueId")
    WHERE l."id" = v."id" AND l."itGlueId" IS NULL`;
}

/** A password is there, but IT Glue has dropped its value. It stays as it is: nothing that was created is changed, and the report says so. */
export async function markValueless(context: StoreContext, id: string): Promise<void> {
  const problems = [{ field: 'password', message: 'was created without its value, because the API key lacks "Password Access"; type it in by hand in IT Glue' }];
  await context.db.ledgerEntry.update({ where: { id }, data: { problems } });
}

export async function markFailed(context: StoreContext, id: string, problems: readonly FieldRefusal[]): Promise<void> {
  await context.db.ledgerEntry.updateMany({
    where: { id, itGlueId: null },
    data: { state: 'failed', settledAt: new Date(), problems: problems.map((problem) => ({ ...problem })) },
  });
}

/** Counts of entries by state. */
export async function ledgerCounts(context: StoreContext, client: ClientKey): Promise<Partial<Record<LedgerState, number>>> {
  const rows = await context.db.ledgerEntry.groupBy({ by: ['state'], where: ofClient(client), _count: true });
  return Object.fromEntries(rows.map((row) => [row.state, row._count]));
}

function readEntry(row: {
  id: string;
  resource: string;
  recordId: string;
  kind: string;
  sequence: number;
  parentResource: string | null;
  parentRecordId: string | null;
  state: string;
  itGlueId: string | null;
  intendedAt: Date | null;
  attempts: number;
}): LedgerEntry {
  return {
    id: row.id,
    resource: row.resource as Resource,
    recordId: row.recordId,
    kind: row.kind as KindName,
    sequence: row.sequence,
    parent: row.parentResource && row.parentRecordId ? { resource: row.parentResource as Resource, recordId: row.parentRecordId } : null,
    state: row.state as LedgerState,
    itGlueId: row.itGlueId,
    intendedAt: row.intendedAt,
    attempts: row.attempts,
  };
}
