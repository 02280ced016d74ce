import { kinds, type KindName } from '../domain/kinds/index.js';
import type { Actor } from '../domain/roles.js';
import { stageWords, type Stage } from '../domain/stages.js';
import { appendAudit } from './audit.js';
import { lockClient, ofClient, type ClientKey } from './client-row.js';
import { inTransaction, type Store, type StoreContext } from './context.js';
import { Refusal, type FieldProblem } from './errors.js';
import { getLabels } from './labels.js';
import { partyOf } from './records.js';

/** A refused record that a person leaves out of the export, and why. */
export interface Skip {
  readonly recordId: string;
  readonly reason: string;
}

/** What hangs on a record cannot be created without it: files on their host, models under their make. */
const withoutParent = [{ field: null, message: 'is left out together with the record that it belongs to' }];

interface SkippedEntry {
  readonly recordId: string;
  readonly kind: KindName;
}

/**
 * Leaves refused records out of the export for good, and with each the files and models that hang on it and are not there
 * yet. All or none. The reasons go into the history, sealed.
 * @throws {Refusal} `wrong_stage` unless the export waits for a person; `invalid` naming each record that was not refused
 */
export async function skipRecords(store: Store, client: ClientKey, actor: Actor, skips: readonly Skip[]): Promise<{ skipped: number; together: number }> {
  return inTransaction(store, async (context) => {
    const row = await lockClient(context, client);
    if (row.stage !== 'export_blocked') throw new Refusal('wrong_stage', `Not possible now: ${stageWords[row.stage as Stage]}`);
    const chosen = await refusedEntries(context, client, skips);
    await context.db.ledgerEntry.updateMany({ where: { id: { in: chosen.map((one) => one.id) } }, data: { state: 'skipped', settledAt: new Date() } });
    const along = await skipChildren(context, client);

    const titles = await getLabels(context, client, [...chosen, ...along].map((one) => one.recordId));
    const told = ({ recordId, kind }: SkippedEntry) => ({ recordId, kind, title: titles.get(recordId) ?? '' });
    const reasonOf = new Map(skips.map((skip) => [skip.recordId, skip.reason]));
    await appendAudit(context, {
      ...ofClient(client),
      actorId: actor.userId,
      party: partyOf(actor),
      action: 'export.skipped',
      details: {
        records: chosen.map((one) => ({ ...told(one), reason: reasonOf.get(one.recordId) })),
        together: along.map((one) => ({ ...told(one), with: one.parentRecordId })),
      },
    });
    return { skipped: chosen.length, together: along.length };
  });
}

async function refusedEntries(context: StoreContext, client: ClientKey, skips: readonly Skip[]) {
  const rows = await context.db.ledgerEntry.findMany({
    where: { ...ofClient(client), recordId: { in: skips.map((skip) => skip.recordId) } },
    select: { id: true, recordId: true, kind: true, resource: true, state: true },
  });
  const entries = new Map(rows.map((row) => [row.recordId, { ...row, kind: row.kind as KindName }]));
  const faults = skips.flatMap(({ recordId }, index): FieldProblem[] => {
    const message = refusal(entries.get(recordId));
    return message ? [{ field: `records[${index}].recordId`, message }] : [];
  });
  if (faults.length > 0) throw new Refusal('invalid', 'Only records that IT Glue refused can be skipped; nothing was changed', faults);
  return [...entries.values()];
}

function refusal(entry: { resource: string; state: string } | undefined): string | null {
  if (!entry) return 'is not part of the export';
  if (entry.state === 'skipped') return 'is skipped already';
  if (entry.state !== 'failed') return 'was not refused by IT Glue';
  return entry.resource === 'organization' ? `is the ${kinds.company.label.toLowerCase()} itself, without which there is no export` : null;
}

/** Skips everything that hangs on a skipped entry and was never created. Part of skipping and of every new plan. */
export async function skipChildren(context: StoreContext, client: ClientKey): Promise<(SkippedEntry & { parentRecordId: string | null })[]> {
  const { tenantId, clientId } = ofClient(client);
  return context.db.$queryRaw<(SkippedEntry & { parentRecordId: string | null })[]>`
    UPDATE "LedgerEntry" AS child SET "state" = 'skipped', "settledAt" = now(), "problems" = ${JSON.stringify(withoutParent)}::jsonb
    FROM "LedgerEntry" AS parent
    WHERE child."tenantId" = ${tenantId}::uuid AND child."clientId" = ${clientId}::uuid AND child."state" IN ('planned', 'failed')
      AND parent."clientId" = child."clientId" AND parent."resource" = child."parentResource" AND parent."recordId" = child."parentRecordId"
      AND parent."state" = 'skipped'
    RETURNING child."recordId"::text AS "recordId", child."kind" AS "kind", child."parentRecordId"::text AS "parentRecordId"`;
}

/** Why each record was skipped, by its id, in the words of whoever did; what was skipped along has the reason of its parent. */
export async function skipReasons(context: StoreContext, client: ClientKey): Promise<Map<string, string>> {
  const rows = await context.db.auditEntry.findMany({
    where: { tenantId: client.tenantId, clientId: ofClient(client).clientId, action: 'export.skipped' },
    orderBy: { sequence: 'asc' },
    select: { sequence: true, content: true },
  });
  const reasons = new Map<string, string>();
  for (const { sequence, content } of rows) {
    if (!content) continue;
    const place = { table: 'AuditEntry', row: String(sequence), field: 'content' };
    const { records } = await context.vault.openJson<{ records: readonly Skip[] }>(ofClient(client), place, content);
    for (const { recordId, reason } of records) reasons.set(recordId, reason);
  }
  return reasons;
}
