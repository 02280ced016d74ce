/** Short ways to what many tests of the store do. */
import { randomUUID } from 'node:crypto';
import { planExport, type ExportUnit } from '../../domain/it-glue/index.js';
import { kindOf, type Content, type KindName, type ReferenceIds } from '../../domain/kinds/index.js';
import type { Section } from '../../domain/kinds/index.js';
import type { Actor } from '../../domain/roles.js';
import type { Action } from '../../domain/stages.js';
import {
  actorOf,
  allRecords,
  applyDecision,
  closePurge,
  createClient,
  createPreview,
  createRecords,
  createUser,
  destroyClientKey,
  fillPreview,
  getClientRow,
  issueToken,
  proposeDecision,
  Refusal,
  removeRows,
  type ClientKey,
  type DecisionFacts,
  type DecisionResult,
  type RefusalCode,
  type Store,
  type StoredRecord,
} from '../../store/index.js';
import type { TestStore } from '../support/store.js';
import { putInStage } from '../support/sample-client.js';

let number = 0;

/** A new client with its company record only, in the stage of sales unless another is asked for. */
export async function newClient(test: TestStore, stage = 'sales', tenant = 0): Promise<ClientKey> {
  const [sales, engineer, manager] = [await test.actor('sales_rep', tenant), await test.actor('onboarding_engineer', tenant), await test.actor('manager', tenant)];
  number += 1;
  const { id } = await createClient(test.store, sales, `Client ${number}`, { engineerId: engineer.userId, managerId: manager.userId, salesRepId: sales.userId });
  const client = { tenantId: sales.tenantId, clientId: id };
  if (stage !== 'sales') await putInStage(test.store, client, stage);
  return client;
}

/** Content of a kind with the fields that are not given empty. */
export function contentOf(kind: KindName, given: Partial<Content>): Content {
  return { ...Object.fromEntries(Object.keys(kindOf(kind).fields).map((name) => [name, null])), ...given } as Content;
}

export async function add(store: Store, client: ClientKey, actor: Actor, kind: KindName, content: Partial<Content>, references: ReferenceIds = {}): Promise<StoredRecord> {
  return (await createRecords(store, client, actor, kindOf(kind), [{ content: contentOf(kind, content), references }]))[0]!;
}

/** Proposes a decision and applies it, as API and workflow do one after the other. */
export async function decide(
  store: Store,
  client: ClientKey,
  actor: Actor,
  action: Action,
  given: { section?: Section; reasons?: readonly string[]; facts?: DecisionFacts; id?: string } = {},
): Promise<DecisionResult> {
  const id = await propose(store, client, actor, action, given);
  return applyDecision(store, client, id);
}

export async function propose(
  store: Store,
  client: ClientKey,
  actor: Actor,
  action: Action,
  given: { section?: Section; reasons?: readonly string[]; facts?: DecisionFacts; id?: string } = {},
): Promise<string> {
  const id = given.id ?? randomUUID();
  const reasons = (given.reasons ?? []).map((text) => ({ text }));
  await proposeDecision(store, { ...client, id, action, section: given.section ?? null, actorId: actor.userId, reasons, facts: given.facts ?? {} });
  return id;
}

/** An external person of a section, with a token of their own. */
export async function outsider(store: Store, client: ClientKey, section: 'accounting' | 'msp', name = 'Out'): Promise<{ actor: Actor; token: string }> {
  const role = section === 'msp' ? 'msp' : 'accountant';
  const user = await createUser(store, { tenantId: client.tenantId, roles: [role], firstName: 'Ola', lastName: name, email: `${randomUUID()}@out.example`, scope: { clientId: client.clientId, section } });
  const token = await issueToken(store, user, { label: 'test', expiresAt: new Date(Date.now() + 3_600_000) });
  return { actor: (await actorOf(store, token, new Date()))!, token };
}

/** A preview of the client as it is now. */
export async function readyPreview(store: Store, client: ClientKey, actor: Actor): Promise<string> {
  const previewId = await createPreview(store, client, actor.userId);
  await fillPreview(store, client, previewId, (await getClientRow(store, client)).version, {});
  return previewId;
}

/** What an export of the client would create, in its order. */
export async function unitsOf(store: Store, client: ClientKey): Promise<readonly ExportUnit[]> {
  const records = [];
  for await (const record of allRecords(store, client)) records.push(record);
  return planExport(records).units;
}

/**
 * Removes a client whose time is over, as the purge's workflow does.
 * @returns how many rows went from which table
 */
export async function purge(store: Store, client: ClientKey): Promise<Record<string, number>> {
  const { at } = await destroyClientKey(store, client);
  const removed: Record<string, number> = {};
  for (let more = true; more; ) {
    const portion = await removeRows(store, client);
    for (const [table, count] of Object.entries(portion.removed)) removed[table] = (removed[table] ?? 0) + count;
    more = portion.more;
  }
  await closePurge(store, client, { removed, keyDestroyedAt: at, policy: 'retention' });
  return removed;
}

/** The code by which something was refused, or what came out instead. */
export async function refusalOf(work: Promise<unknown>): Promise<RefusalCode | { done: unknown }> {
  try {
    return { done: await work };
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}

/** Every row of every table, as one string for each, bytes as hex. Order by text, so that two dumps can be compared. */
export async function dump(store: Store, options: { except?: readonly string[] } = {}): Promise<string[]> {
  const tables = await store.db.$queryRaw<{ name: string }[]>`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`;
  const rows: string[] = [];
  for (const { name } of tables) {
    if (options.except?.includes(name)) continue;
    const found = await store.db.$queryRawUnsafe<{ row: string }[]>(`SELECT t::text AS row FROM "${name}" t`);
    rows.push(...found.map(({ row }) => `${name} ${row}`));
  }
  return rows.sort();
}
