import { percentage } from '../domain/completeness.js';
import { kinds, sections, type Content, type KindName, type Section } from '../domain/kinds/index.js';
import type { Actor, Role } from '../domain/roles.js';
import { awaited, type Stage } from '../domain/stages.js';
import type { Client as ClientRow, Prisma } from '../prisma/generated/client.js';
import { appendAudit } from './audit.js';
import { clientRow, getClientRow, lockClient, ofClient, type ClientKey } from './client-row.js';
import { stuckSections, whereOf, type ClientFilter } from './client-list.js';
import { companyHash, companyTaken } from './company-name.js';
import { inTransaction, isUniqueViolation, type Store, type StoreContext } from './context.js';
import { Refusal } from './errors.js';
import { newId } from './ids.js';
import { tellOfAssignment } from './mail/steps.js';
import { countQuestions } from './questions.js';
import { countRecords, insertRecords, openContent, partyOf, type RecordCount } from './records.js';

export interface Assignment {
  readonly engineerId: string | null;
  readonly managerId: string | null;
  readonly salesRepId: string | null;
}

/** A client as lists and its own page show it. */
export interface ClientView extends Assignment {
  readonly id: string;
  readonly company: string;
  readonly stage: Stage;
  readonly version: number;
  readonly accountingEmail: string | null;
  readonly mspEmail: string | null;
  readonly percent: Readonly<Record<Section, number>>;
  readonly waitingOn: readonly Role[];
  /** Sections in which somebody said that they cannot go on. */
  readonly stuck: readonly Section[];
  /** Questions that are not closed, by section. */
  readonly questions: Readonly<Record<Section, number>>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly lastActivityAt: Date;
  readonly stageChangedAt: Date;
  readonly exportedAt: Date | null;
  readonly purgeAt: Date | null;
  readonly organizationUrl: string | null;
}

/** Makes a client with its data key and its company record. The company's name must be new within the tenant. */
export async function createClient(store: Store, actor: Actor, company: string, assignment: Assignment): Promise<ClientView> {
  const client: ClientKey = { tenantId: actor.tenantId, clientId: newId() };
  // The key comes first: a key without a client is harmless, a client without its key is not.
  await store.vault.createKey(client);
  const content: Content = { ...emptyCompany, company };
  try {
    await inTransaction(store, async (context) => {
      await context.db.client.create({
        data: {
          id: client.clientId,
          tenantId: client.tenantId,
          stage: 'sales',
          nameHash: companyHash(context, client.tenantId, company),
          ...assignment,
          sections: { create: sections.map((section) => ({ section, tenantId: client.tenantId })) },
        },
      });
      await insertRecords(context, client, actor, kinds.company as never, [{ content, references: {} }]);
      await appendAudit(context, {
        ...client,
        actorId: actor.userId,
        party: partyOf(actor),
        action: 'client.created',
        details: { company },
      });
      await tellOfAssignment(context, client, actor.userId, null, { ...assignment, version: 1 });
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    // Only where the database surely kept nothing: after a lost answer the client may be there, and needs its key.
    await store.vault.destroyKey(client);
    throw companyTaken();
  }
  return getClient(store, client);
}

export async function getClient(context: StoreContext, client: ClientKey): Promise<ClientView> {
  return (await clientViews(context, [await getClientRow(context, client)]))[0]!;
}

/** Clients of a tenant, newest first, from an id on. Deleted ones and ones that are being removed only when their stage is asked for. */
export async function listClients(
  context: StoreContext,
  tenantId: string,
  filter: Omit<ClientFilter, 'search'>,
  page: { limit: number; after: string | null },
): Promise<ClientView[]> {
  const where: Prisma.ClientWhereInput = { ...(await whereOf(context, tenantId, filter)), ...(page.after ? { id: { lt: page.after } } : {}) };
  return clientViews(context, await context.db.client.findMany({ where, orderBy: { id: 'desc' }, take: page.limit }));
}

/**
 * Changes who is assigned; `version` is the client's version that was seen. A sign-off is the assigned person's, so a new
 * person has not signed; where both have signed, theirs must be withdrawn first.
 */
export async function assignClient(store: Store, client: ClientKey, actor: Actor, version: number, change: Partial<Assignment>): Promise<ClientView> {
  await inTransaction(store, async (context) => {
    const row = await lockClient(context, client);
    if (row.version !== version) {
      throw new Refusal('stale_version', `The client was changed by somebody else meanwhile; its version is ${row.version} now`, [
        { field: 'version', message: `is not ${row.version}` },
      ]);
    }
    await withdrawReplaced(context, row, change);
    const { engineerId = row.engineerId, managerId = row.managerId, salesRepId = row.salesRepId } = change;
    const after = await context.db.client.update({
      where: clientRow(client),
      data: { engineerId, managerId, salesRepId, version: { increment: 1 }, updatedAt: new Date() },
    });
    await appendAudit(context, { ...ofClient(client), actorId: actor.userId, party: partyOf(actor), action: 'client.assigned', details: { ...change } });
    await tellOfAssignment(context, ofClient(client), actor.userId, row, after);
  });
  return getClient(store, client);
}

/** After the export has begun the sign-offs are history, and stay as they were given. */
async function withdrawReplaced(context: StoreContext, row: ClientRow, change: Partial<Assignment>): Promise<void> {
  const replaced = [
    ...(change.engineerId !== undefined && change.engineerId !== row.engineerId ? ['engineer'] : []),
    ...(change.managerId !== undefined && change.managerId !== row.managerId ? ['manager'] : []),
  ];
  const stage = row.stage === 'deleted' ? row.stageBefore : row.stage;
  const given = { clientId: row.id, role: { in: replaced } };
  if (stage === 'ready' && (await context.db.signOff.count({ where: given })) > 0) {
    throw new Refusal('wrong_stage', 'Engineer and manager have signed off; before another person takes a seat, withdraw a sign-off');
  }
  if (stage === 'sign_off') await context.db.signOff.deleteMany({ where: given });
}

const emptyCompany: Content = Object.fromEntries(Object.keys(kinds.company.fields).map((name) => [name, null]));

const shown: readonly KindName[] = ['company', 'accounting-contact', 'current-msp'];

/** Clients as lists show them, in the order of their rows. */
export async function clientViews(context: StoreContext, rows: readonly ClientRow[]): Promise<ClientView[]> {
  const ids = rows.map((row) => row.id);
  // The key of a client that is being removed is gone before its rows are: one such must not spoil a whole list.
  const readable = rows.filter((row) => row.stage !== 'purged').map((row) => row.id);
  const signing = rows.filter((row) => row.stage === 'sign_off').map((row) => row.id);
  const [counts, stuck, questions, records, signOffs] = await Promise.all([
    countRecords(context, ids),
    stuckSections(context, ids),
    countQuestions(context, ids),
    // In SQL: a page of the list reads hundreds of these, and Prisma's own way takes half as long again.
    context.db.$queryRaw<{ id: string; clientId: string; kind: KindName; content: Uint8Array }[]>`
      SELECT "id", "clientId", "kind", "content" FROM "Record" WHERE "clientId" = ANY(${readable}::uuid[]) AND "kind" = ANY(${[...shown]})`,
    signing.length > 0 ? context.db.signOff.findMany({ where: { clientId: { in: signing } }, select: { clientId: true, role: true } }) : [],
  ]);
  const countsOf = groupBy(counts, (count) => count.clientId);
  const questionsOf = groupBy(questions, (question) => question.clientId);
  const recordsOf = groupBy(records, (record) => record.clientId);
  return Promise.all(
    rows.map(async (row) => {
      const client = { tenantId: row.tenantId, clientId: row.id };
      const contents: Partial<Record<KindName, Content>> = {};
      for (const record of recordsOf.get(row.id) ?? []) {
        contents[record.kind] = await openContent(context, client, record);
      }
      return {
        id: row.id,
        company: String(contents.company?.['company'] ?? ''),
        stage: row.stage as Stage,
        version: row.version,
        engineerId: row.engineerId,
        managerId: row.managerId,
        salesRepId: row.salesRepId,
        accountingEmail: (contents['accounting-contact']?.['email'] as string | null | undefined) ?? null,
        mspEmail: (contents['current-msp']?.['email'] as string | null | undefined) ?? null,
        percent: percentages(countsOf.get(row.id) ?? []),
        waitingOn: awaited(row.stage as Stage, signOffs.filter((one) => one.clientId === row.id).map((one) => one.role)),
        stuck: stuck.get(row.id) ?? [],
        questions: bySection((section) => (questionsOf.get(row.id) ?? []).reduce((sum, one) => sum + (one.section === section ? one.count : 0), 0)),
        createdAt: row.createdAt,
        updatedAt: row.updatedAt,
        lastActivityAt: row.lastActivityAt,
        stageChangedAt: row.stageChangedAt,
        exportedAt: row.exportedAt,
        purgeAt: row.purgeAt,
        organizationUrl: row.organizationUrl,
      };
    }),
  );
}

/** Percentage of each section from the counts of a client's records. */
export function percentages(counts: readonly RecordCount[]): Record<Section, number> {
  return Object.fromEntries(
    sections.map((section) => {
      const own = counts.filter((count) => count.section === section);
      const sums = own.reduce((sum, one) => ({ filled: sum.filled + one.filled, required: sum.required + one.required }), {
        filled: 0,
        required: 0,
      });
      return [section, percentage(section, sums, new Set(own.map((one) => one.kind)))];
    }),
  ) as Record<Section, number>;
}

const bySection = <T>(of: (section: Section) => T) => Object.fromEntries(sections.map((section) => [section, of(section)])) as Record<Section, T>;

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
