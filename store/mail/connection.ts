/** Mail about the tenant's IT Glue connection, to all its Administrators. */
import type { FactsOf } from '../../domain/mail/templates.js';
import { inTransaction, type Store, type StoreContext } from '../context.js';
import type { LapsingConnection } from '../it-glue-connection-use.js';
import { queueMail } from './queue.js';

const mostPeople = 200;
const dayMs = 24 * 3_600_000;
/** Days between two warnings of the same key. */
const everyDays = 5;

/** In the transaction that notes the refusal. A key that is refused, works and is refused again is told once a day. */
export async function tellOfRefusedKey(context: StoreContext, tenantId: string, version: number, now = new Date()): Promise<void> {
  await tellAdministrators(context, tenantId, 'key_refused', {}, `key-refused/${tenantId}/${version}/${now.toISOString().slice(0, 10)}`);
}

/** Told once in five days, however often somebody looks. */
export async function tellOfLapsingKey(store: Store, { tenantId, version, lastUsedAt, keySetAt }: LapsingConnection, now: Date): Promise<void> {
  const unusedDays = Math.floor((now.getTime() - (lastUsedAt ?? keySetAt).getTime()) / dayMs);
  const dedupeKey = `key-near-lapse/${tenantId}/${version}/${Math.floor(unusedDays / everyDays)}`;
  await inTransaction(store, (context) => tellAdministrators(context, tenantId, 'key_near_lapse', { unusedDays }, dedupeKey));
}

/** Queues a mail for each Administrator of the tenant. */
export async function tellAdministrators<T extends 'key_refused' | 'key_near_lapse' | 'sweep_report'>(context: StoreContext, tenantId: string, template: T, facts: FactsOf<T>, dedupeKey: string): Promise<void> {
  const people = await context.db.user.findMany({ where: { tenantId, active: true, clientId: null, roles: { has: 'administrator' } }, select: { id: true }, take: mostPeople });
  for (const { id } of people) await queueMail(context, { tenantId, to: id, template, facts, dedupeKey: `${dedupeKey}/${id}` });
}
