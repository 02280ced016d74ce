import type { Section } from '../../domain/kinds/index.js';
import type { Seat, WaitedFor } from '../../domain/onboardings/times.js';
import type { Stage } from '../../domain/stages.js';
import { Prisma } from '../../prisma/generated/client.js';
import type { Party } from '../audit.js';
import { ofClient, type ClientKey } from '../client-row.js';
import type { StoreContext } from '../context.js';
import { notFound } from '../errors.js';
import type { PurgeCertificate } from '../purge-certificate.js';

/** Who approved a section, as it is kept: internal people by id. */
export interface KeptApproval {
  readonly section: Section;
  /** The role in which it was approved. */
  readonly role: string | null;
  readonly by: string | null;
  readonly at: string | null;
  readonly standIn: boolean;
  readonly submittedFor: Party | null;
  readonly sendBacks: number;
  readonly resets: number;
}

export interface KeptSignOff {
  readonly seat: Seat;
  readonly by: string;
  readonly at: string;
}

export interface KeptStage {
  readonly stage: Stage;
  readonly begun: string;
  readonly ended: string;
  readonly ms: number;
  readonly times: number;
}

export interface KeptRuns {
  readonly all: number;
  readonly blocked: number;
  readonly startedBy: string | null;
}

/** What became of a client after its export. */
export const finishedStates = ['kept', 'on_hold', 'deleted', 'purged'] as const;
export type FinishedState = (typeof finishedStates)[number];

/** What stays of a client for ever. Dates within are ISO 8601, times ms. */
export interface ExportRecordView {
  readonly clientId: string;
  readonly state: FinishedState;
  readonly company: string | null;
  readonly organizationId: string;
  readonly organizationUrl: string | null;
  /** Records created, by IT Glue resource. */
  readonly counts: Readonly<Record<string, number>>;
  /** When each phase ended. */
  readonly phases: Readonly<Record<string, string | null>>;
  readonly approvals: readonly KeptApproval[];
  readonly signOffs: readonly KeptSignOff[];
  /** Empty for one that was finished before times were kept, like `waiting` and `runs`. */
  readonly stages: readonly KeptStage[];
  readonly waiting: Readonly<Partial<Record<WaitedFor, number>>>;
  readonly runs: KeptRuns;
  readonly engineerId: string | null;
  readonly managerId: string | null;
  readonly salesRepId: string | null;
  readonly skipped: number;
  readonly exportedAt: Date;
  readonly purgeAt: Date | null;
  readonly purgedAt: Date | null;
  readonly certificate: PurgeCertificate | null;
}

export interface FinishedFilter {
  /** Exported at this time or later, and before that one. */
  readonly from?: Date;
  readonly to?: Date;
  /** Somebody who was assigned to it, approved, signed off or exported. */
  readonly person?: string;
  readonly state?: FinishedState;
  /** Words of the company's name, all of them, in any case. */
  readonly company?: string;
}

/** Where a page of the list ended. */
export interface FinishedPlace {
  /** Of the export, ms since the epoch. */
  readonly key: number | null;
  readonly id: string;
}

export async function getExportRecord(context: StoreContext, client: ClientKey): Promise<ExportRecordView> {
  const { tenantId, clientId } = ofClient(client);
  const [record] = await read(context, tenantId, [clientId]);
  if (!record) throw notFound('record of export');
  return record;
}

/** Records of export of a tenant, the latest export first. */
export async function listExportRecords(
  context: StoreContext,
  tenantId: string,
  filter: FinishedFilter,
  page: { limit: number; after: FinishedPlace | null },
): Promise<ExportRecordView[]> {
  const { after } = page;
  const conditions = [Prisma.sql`r."tenantId" = ${tenantId}::uuid`, ...conditionsOf(filter)];
  if (after) conditions.push(Prisma.sql`(r."exportedAt", r."clientId") < (${new Date(after.key ?? 0)}, ${after.id}::uuid)`);
  // Clients go with the purge, records do not: there is no link between the two tables.
  const rows = await context.db.$queryRaw<{ id: string }[]>`
    SELECT r."clientId" AS "id" FROM "ExportRecord" r LEFT JOIN "Client" c ON c."id" = r."clientId"
    WHERE ${Prisma.join(conditions, ' AND ')} ORDER BY r."exportedAt" DESC, r."clientId" DESC LIMIT ${page.limit}`;
  return read(context, tenantId, rows.map((row) => row.id));
}

export const placeOf = (record: ExportRecordView): FinishedPlace => ({ key: record.exportedAt.getTime(), id: record.clientId });

const stateConditions: Readonly<Record<FinishedState, Prisma.Sql>> = {
  purged: Prisma.sql`r."purgedAt" IS NOT NULL`,
  deleted: Prisma.sql`r."purgedAt" IS NULL AND c."stage" = 'deleted'`,
  on_hold: Prisma.sql`r."purgedAt" IS NULL AND c."stage" <> 'deleted' AND c."heldSince" IS NOT NULL`,
  kept: Prisma.sql`r."purgedAt" IS NULL AND (c."id" IS NULL OR (c."stage" <> 'deleted' AND c."heldSince" IS NULL))`,
};

function conditionsOf({ from, to, person, state, company }: FinishedFilter): Prisma.Sql[] {
  const words = company?.split(/\s+/).filter(Boolean) ?? [];
  return [
    ...(from ? [Prisma.sql`r."exportedAt" >= ${from}`] : []),
    ...(to ? [Prisma.sql`r."exportedAt" < ${to}`] : []),
    ...(person ? [Prisma.sql`r."people" @> ARRAY[${person}::uuid]`] : []),
    ...(state ? [Prisma.sql`(${stateConditions[state]})`] : []),
    ...words.map((word) => Prisma.sql`r."company" ILIKE ${`%${word.replace(/[\\%_]/g, '\\$&')}%`}`),
  ];
}

/** The records of those clients, in that order. */
async function read(context: StoreContext, tenantId: string, clientIds: readonly string[]): Promise<ExportRecordView[]> {
  const rows = await context.db.exportRecord.findMany({ where: { tenantId, clientId: { in: [...clientIds] } } });
  const clients = await context.db.client.findMany({ where: { tenantId, id: { in: [...clientIds] } }, select: { id: true, stage: true, heldSince: true } });
  const clientOf = new Map(clients.map((client) => [client.id, client]));
  const recordOf = new Map(
    rows.map((row) => {
      const runs: KeptRuns = { all: 0, blocked: 0, startedBy: null, ...(row.runs as Partial<KeptRuns>) };
      return [row.clientId, { ...(row as unknown as Omit<ExportRecordView, 'state' | 'runs'>), state: stateOf(row.purgedAt, clientOf.get(row.clientId)), runs }];
    }),
  );
  return clientIds.flatMap((id) => recordOf.get(id) ?? []);
}

function stateOf(purgedAt: Date | null, client: { stage: string; heldSince: Date | null } | undefined): FinishedState {
  if (purgedAt) return 'purged';
  if (client?.stage === 'deleted') return 'deleted';
  return client?.heldSince ? 'on_hold' : 'kept';
}
