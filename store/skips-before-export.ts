import { resourceOf } from '../domain/it-glue/index.js';
import type { Actor } from '../domain/roles.js';
import { stageWords, type Stage } from '../domain/stages.js';
import { appendAudit } from './audit.js';
import { lockClient, ofClient, type ClientKey } from './client-row.js';
import { inTransaction, type Store, type StoreContext } from './context.js';
import { notFound, Refusal, type FieldProblem } from './errors.js';
import { newId } from './ids.js';
import { getPreview } from './previews.js';
import type { PreviewedParts, PreviewedProblem } from './preview-questions.js';
import { partyOf } from './records.js';
import type { Skip } from './skips.js';

/** Records that a person left out, before an export or while it waited. */
export async function skippedRecords(context: StoreContext, client: ClientKey): Promise<ReadonlySet<string>> {
  const rows = await context.db.ledgerEntry.findMany({ where: { ...ofClient(client), state: 'skipped' }, select: { recordId: true } });
  return new Set(rows.map((row) => row.recordId));
}

/**
 * Leaves records out that a preview says IT Glue would refuse. They are entered into the ledger as skipped, so that the
 * export's plan finds them so; what hangs on them is skipped with the plan. All or none; the reasons go into the history.
 * @throws {Refusal} `wrong_stage` unless the client is ready to export; `invalid` naming each record that would not be refused
 */
export async function skipBeforeExport(store: Store, client: ClientKey, actor: Actor, previewId: string, skips: readonly Skip[]): Promise<{ skipped: number }> {
  return inTransaction(store, async (context) => {
    await requireReady(context, client);
    const { content } = await getPreview<PreviewedParts>(context, client, previewId);
    const problems = new Map<string, PreviewedProblem[]>();
    for (const problem of content?.problems ?? []) {
      if (problem.severity === 'refused') problems.set(problem.recordId, [...(problems.get(problem.recordId) ?? []), problem]);
    }
    const faults = skips.flatMap(({ recordId }, index): FieldProblem[] => {
      const message = faultOf(problems.get(recordId)?.[0]);
      return message ? [{ field: `records[${index}].recordId`, message }] : [];
    });
    if (faults.length > 0) throw new Refusal('invalid', 'Only records that IT Glue would refuse can be skipped; nothing was changed', faults);
    for (const { recordId } of skips) await enterSkipped(context, client, problems.get(recordId)!);
    await appendAudit(context, {
      ...ofClient(client),
      actorId: actor.userId,
      party: partyOf(actor),
      action: 'export.skipped',
      details: { records: skips.map(({ recordId, reason }) => ({ recordId, kind: problems.get(recordId)![0]!.kind, title: problems.get(recordId)![0]!.title, reason })), together: [] },
    });
    return { skipped: skips.length };
  });
}

/** Takes a skip back before the export starts. */
export async function withdrawSkip(store: Store, client: ClientKey, actor: Actor, recordId: string): Promise<void> {
  await inTransaction(store, async (context) => {
    await requireReady(context, client);
    const { count } = await context.db.ledgerEntry.deleteMany({ where: { ...ofClient(client), recordId, state: 'skipped', itGlueId: null } });
    if (count === 0) throw notFound('skipped record');
    await appendAudit(context, { ...ofClient(client), actorId: actor.userId, party: partyOf(actor), action: 'export.skip_withdrawn', details: { recordId } });
  });
}

async function requireReady(context: StoreContext, client: ClientKey): Promise<void> {
  const { stage } = await lockClient(context, client);
  if (stage !== 'ready') throw new Refusal('wrong_stage', `Not possible now: ${stageWords[stage as Stage]}`);
}

function faultOf(problem: PreviewedProblem | undefined): string | null {
  if (!problem) return 'is not among the records of this preview that would be refused';
  return problem.kind === 'company' ? 'is the company itself, without which there is no export' : null;
}

async function enterSkipped(context: StoreContext, client: ClientKey, problems: readonly PreviewedProblem[]): Promise<void> {
  const { recordId, kind, sequence } = problems[0]!;
  const data = { state: 'skipped', settledAt: new Date(), problems: problems.map(({ field, message }) => ({ field, message })) };
  const resource = resourceOf(kind)!;
  await context.db.ledgerEntry.upsert({
    where: { clientId_resource_recordId: { clientId: ofClient(client).clientId, resource, recordId } },
    create: { id: newId(), ...ofClient(client), resource, recordId, kind, sequence, ...data },
    update: data,
  });
}
