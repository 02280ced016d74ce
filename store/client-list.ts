import type { Section } from '../domain/kinds/index.js';
import type { Role } from '../domain/roles.js';
import { stages, waitingOn, type Stage } from '../domain/stages.js';
import type { Prisma } from '../prisma/generated/client.js';
import { clientViews, percentages, type ClientView } from './clients.js';
import type { StoreContext } from './context.js';
import { countRecords, type RecordCount } from './records.js';
import { companyNames } from './users/companies.js';

export interface ClientFilter {
  readonly stage?: Stage;
  /** Only clients that this user is assigned to. */
  readonly assignedTo?: string;
  /** Only clients where somebody of that role is expected to act next. */
  readonly waitingOn?: Role;
  /** Only clients in which somebody said that they are stuck. */
  readonly stuck?: boolean;
  /** Words that the company's name holds, all of them; case and accents do not count. */
  readonly search?: string;
}

export const clientOrders = ['created', 'updated', 'company', 'idle', 'version', 'stage', 'exported', 'salesPercent', 'accountingPercent', 'mspPercent'] as const;
export type ClientOrder = (typeof clientOrders)[number];

/** Where a page of the list ended: what it was sorted by there, and the client. The name of a company is never part of it. */
export interface ListPlace {
  readonly key: number | null;
  readonly id: string;
}

/** Most clients of a tenant that are searched and sorted, newest first. */
export const searchedClients = 20_000;

/**
 * Clients of a tenant by filter, search and order. Names are sealed, so a search opens the name of every client that the other
 * filters leave; only what is shown is read whole.
 * @returns the page, and for each client its place; null when `after` names a client that the list does not hold any more
 */
export async function searchClients(
  context: StoreContext,
  tenantId: string,
  filter: ClientFilter,
  order: { by: ClientOrder; descending: boolean },
  page: { limit: number; after: ListPlace | null },
): Promise<{ clients: ClientView[]; places: ListPlace[] } | null> {
  const rows = await context.db.client.findMany({ where: await whereOf(context, tenantId, filter), orderBy: { id: 'desc' }, take: searchedClients });
  const names = filter.search !== undefined || order.by === 'company' ? await foldedNames(context, tenantId, rows.map((row) => row.id)) : null;
  const words = fold(filter.search ?? '').split(' ').filter(Boolean);
  const found = rows.filter((row) => words.every((word) => names!.get(row.id)?.includes(word)));
  const percents = byPercent.includes(order.by) ? await percentOfClients(context, found.map((row) => row.id)) : null;
  const keyOf = (row: (typeof rows)[number]): number | null => keys[order.by]({ ...row, percent: percents?.get(row.id) ?? null });
  const turn = order.descending ? -1 : 1;
  const compare = (a: ListPlace & { name?: string }, b: ListPlace & { name?: string }) =>
    turn * (order.by === 'company' ? (a.name! < b.name! ? -1 : a.name! > b.name! ? 1 : 0) : (a.key ?? -1) - (b.key ?? -1)) || turn * (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
  const sorted = found.map((row) => ({ row, key: keyOf(row), id: row.id, name: names?.get(row.id) ?? '' })).sort(compare);

  let start = 0;
  if (page.after) {
    const { after } = page;
    // A company's place is where its client stands now; every other place is known by itself.
    const known = order.by === 'company' ? sorted.find((one) => one.id === after.id) : { ...after, name: '' };
    if (!known) return null;
    start = sorted.findIndex((one) => compare(one, known) > 0);
    if (start < 0) start = sorted.length;
  }
  const shown = sorted.slice(start, start + page.limit);
  return { clients: await clientViews(context, shown.map((one) => one.row)), places: shown.map(({ key, id }) => ({ key, id })) };
}

/** The conditions that the database looks at itself. Deleted clients and ones that are being removed only when their stage is asked for. */
export async function whereOf(context: StoreContext, tenantId: string, filter: Omit<ClientFilter, 'search'>): Promise<Prisma.ClientWhereInput> {
  const { stage, assignedTo: mine, waitingOn: role } = filter;
  const waited = role ? stages.filter((one) => waitingOn[one].includes(role)) : null;
  const signed = role ? await signedBy(context, tenantId, role) : [];
  return {
    tenantId,
    AND: [{ stage: stage ?? { notIn: ['deleted', 'purged'] } }, ...(waited ? [{ stage: { in: waited } }] : []), ...(signed.length > 0 ? [{ id: { notIn: signed } }] : [])],
    ...(mine ? { OR: [{ engineerId: mine }, { managerId: mine }, { salesRepId: mine }] } : {}),
    ...(filter.stuck ? { sections: { some: { stuckBy: { not: null } } } } : {}),
  };
}

/** Clients that wait for a sign-off, but not for that role's: it was given. */
async function signedBy(context: StoreContext, tenantId: string, role: Role): Promise<string[]> {
  const seat = role === 'onboarding_engineer' ? 'engineer' : role;
  const rows = await context.db.$queryRaw<{ clientId: string }[]>`
    SELECT s."clientId" FROM "SignOff" s JOIN "Client" c ON c."id" = s."clientId"
    WHERE c."tenantId" = ${tenantId}::uuid AND c."stage" = 'sign_off' AND s."role" = ${seat}`;
  return rows.map((row) => row.clientId);
}

interface Sorted {
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly lastActivityAt: Date;
  readonly exportedAt: Date | null;
  readonly version: number;
  readonly stage: string;
  /** Read only where it is sorted by. */
  readonly percent: Readonly<Record<Section, number>> | null;
}

const keys: Readonly<Record<ClientOrder, (row: Sorted) => number | null>> = {
  created: (row) => row.createdAt.getTime(),
  updated: (row) => row.updatedAt.getTime(),
  company: () => null,
  // The longest idle is the one whose last activity is the oldest.
  idle: (row) => -row.lastActivityAt.getTime(),
  version: (row) => row.version,
  stage: (row) => stages.indexOf(row.stage as Stage),
  exported: (row) => row.exportedAt?.getTime() ?? null,
  salesPercent: (row) => row.percent?.sales ?? 0,
  accountingPercent: (row) => row.percent?.accounting ?? 0,
  mspPercent: (row) => row.percent?.msp ?? 0,
};

const byPercent: readonly ClientOrder[] = ['salesPercent', 'accountingPercent', 'mspPercent'];

async function percentOfClients(context: StoreContext, clientIds: readonly string[]): Promise<Map<string, Record<Section, number>>> {
  const counts = new Map<string, RecordCount[]>();
  for (const count of await countRecords(context, clientIds)) {
    const known = counts.get(count.clientId);
    if (known) known.push(count);
    else counts.set(count.clientId, [count]);
  }
  return new Map(clientIds.map((id) => [id, percentages(counts.get(id) ?? [])]));
}

async function foldedNames(context: StoreContext, tenantId: string, clientIds: readonly string[]): Promise<Map<string, string>> {
  return new Map([...(await companyNames(context, tenantId, clientIds))].map(([id, name]) => [id, fold(name)]));
}

/** Lower case, without accents, blanks alike. */
function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/g, ' ').trim();
}

/** Sections of a client in which somebody is stuck, by client. */
export async function stuckSections(context: StoreContext, clientIds: readonly string[]): Promise<Map<string, Section[]>> {
  const rows = await context.db.sectionState.findMany({ where: { clientId: { in: [...clientIds] }, stuckBy: { not: null } }, select: { clientId: true, section: true } });
  const found = new Map<string, Section[]>();
  for (const { clientId, section } of rows) found.set(clientId, [...(found.get(clientId) ?? []), section as Section]);
  return found;
}
