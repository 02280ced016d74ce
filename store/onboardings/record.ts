import { sections, type Section } from '../../domain/kinds/index.js';
import { storedRetentionSettings } from '../../domain/retention.js';
import type { Seat } from '../../domain/onboardings/times.js';
import { ofClient, type ClientKey } from '../client-row.js';
import type { StoreContext } from '../context.js';
import { exportProgress } from '../export-progress.js';
import { getSingle } from '../records.js';
import { readJournal } from './journal.js';
import type { KeptApproval, KeptRuns, KeptSignOff, KeptStage } from './finished.js';

/**
 * Writes what stays of a client, in the transaction that ends its export. Everything in it is read from rows that the purge
 * removes. Of people only the tenant's own are named, by id; of the client's and the outgoing MSP's people only the party.
 */
export async function writeExportRecord(
  context: StoreContext,
  client: ClientKey,
  exported: { organizationId: string; organizationUrl: string | null; exportedAt: Date; purgeAt: Date },
): Promise<void> {
  const row = await context.db.client.findUniqueOrThrow({ where: { id: client.clientId } });
  const states = await context.db.sectionState.findMany({ where: ofClient(client) });
  const signOffs = await context.db.signOff.findMany({ where: ofClient(client), orderBy: { at: 'asc' } });
  const progress = await exportProgress(context, client);
  const { times, resets, submittedFor, runs } = await readJournal(context, client, row, exported.exportedAt);

  const approvals = sections.flatMap((section): KeptApproval[] => {
    const state = states.find((one) => one.section === section);
    if (!state) return [];
    const { approvedAs, approvedBy, approvedAt, standIn, sendBacks } = state;
    const submitted = standIn ? 'internal' : (submittedFor[section] ?? null);
    return [{ section, role: approvedAs, by: approvedBy, at: approvedAt?.toISOString() ?? null, standIn, submittedFor: submitted, sendBacks, resets: resets[section] ?? 0 }];
  });
  const approvedAt = (section: Section) => approvals.find((one) => one.section === section)?.at ?? null;
  const signed: KeptSignOff[] = signOffs.map(({ role, userId, at }) => ({ seat: role as Seat, by: userId, at: at.toISOString() }));
  const stages: KeptStage[] = times.stages.map(({ begun, ended, ...rest }) => ({ ...rest, begun: begun.toISOString(), ended: ended.toISOString() }));
  const people = [row.engineerId, row.managerId, row.salesRepId, runs.startedBy, ...approvals.map((one) => one.by), ...signed.map((one) => one.by)];
  const content = {
    tenantId: client.tenantId,
    company: (await keepsName(context, client.tenantId)) ? String((await getSingle(context, client, 'company'))?.content['company'] ?? '') : null,
    ...exported,
    counts: Object.fromEntries(progress.map((one) => [one.resource, one.done])),
    skipped: progress.reduce((sum, one) => sum + one.skipped, 0),
    phases: {
      created: row.createdAt.toISOString(),
      sales: approvedAt('sales'),
      accounting: approvedAt('accounting'),
      msp: approvedAt('msp'),
      signedOff: signed.at(-1)?.at ?? null,
      exported: exported.exportedAt.toISOString(),
    },
    approvals: approvals.map((one) => ({ ...one })),
    signOffs: signed.map((one) => ({ ...one })),
    stages: stages.map((one) => ({ ...one })),
    waiting: { ...times.waiting },
    runs: { ...runs } satisfies KeptRuns,
    engineerId: row.engineerId,
    managerId: row.managerId,
    salesRepId: row.salesRepId,
    people: [...new Set(people.filter((id) => id !== null))],
  };
  await context.db.exportRecord.upsert({
    where: { clientId: client.clientId },
    create: { clientId: client.clientId, ...content },
    update: content,
  });
}

/** What the purge changes of the record: a tenant that does not keep names any more has none kept beyond it. */
export async function nameAfterPurge(context: StoreContext, tenantId: string): Promise<{ company?: null }> {
  return (await keepsName(context, tenantId)) ? {} : { company: null };
}

async function keepsName(context: StoreContext, tenantId: string): Promise<boolean> {
  const { settings } = await context.db.tenant.findUniqueOrThrow({ where: { id: tenantId }, select: { settings: true } });
  return storedRetentionSettings.parse(settings).keepCompanyName;
}
