/** The end of a client's data: hold, warning, and removal at once by two people. */
import { Client } from '@temporalio/client';
import { mailDispatchId, mailQueued } from '../../workflows/contract.js';
import type { Session } from '../../examples/demo/api.js';
import { untilStage } from '../../examples/demo/exporting.js';
import type { Collected } from './collecting.js';
import { as, idOf, says, type World } from './people.js';
import { withTemporal } from './places.js';
import { until } from './stack.js';

/** Nothing is removed while one looks around. */
export async function hold(world: World, { clientId }: Collected): Promise<void> {
  const manager = as(world, 'manager');
  await untilStage(manager, clientId, 'retention');
  await manager.post(`/clients/${clientId}/retention/hold`, { reason: says(world, 'hold.reason') });
}

/** What managers are told the morning after, about secrets that were looked at, is sent now. */
export async function sendMorningMails(world: World): Promise<void> {
  await world.stack.withQuery((query) => query(`UPDATE "Mail" SET "dueAt" = now() WHERE "state" = 'queued'`));
  await withTemporal(world, async (connection, codec, namespace) => {
    const client = new Client({ connection, namespace, dataConverter: { payloadCodecs: [codec] } });
    await client.workflow.getHandle(mailDispatchId).signal(mailQueued);
  });
  await until('managers are told of secrets that were looked at', () =>
    world.stack.withQuery(async (query) => (await query(`SELECT 1 FROM "Mail" WHERE "template" = 'secrets_shown' AND "state" = 'sent'`)).length > 0),
  );
}

/** Released, warned of, and removed before its time. */
export async function purge(world: World, { clientId, company }: Collected): Promise<void> {
  const manager = as(world, 'manager');
  await manager.post(`/clients/${clientId}/retention/release`);
  await until('managers are warned of the end', async () => (await mails(world)).some(({ subject }) => subject.startsWith(company) && /removed for good/.test(subject)));
  await purgeNow(world, clientId);
  await until('the client is purged', async () => (await manager.get<{ purgedAt: string | null }>(`/export-records/${clientId}`)).purgedAt !== null);
}

/** A client that is deleted while it is being entered, and removed without having been exported. */
export async function deleteEarly(world: World): Promise<string> {
  const { canaries } = world;
  const [sales, manager] = [as(world, 'sales_rep'), as(world, 'manager')];
  const company = canaries.make('deleted client: company.company').value;
  const { id } = await sales.post<{ id: string }>('/clients', { company, managerId: await idOf(world, 'manager') });
  const contact = { firstName: canaries.make('deleted client: sales-contact.firstName').value, lastName: canaries.make('deleted client: sales-contact.lastName').value };
  await sales.put(`/clients/${id}/sales-contact`, { fields: contact });
  await manager.post(`/clients/${id}/delete`);
  return id;
}

/** One asks, another confirms. */
export async function purgeNow(world: World, clientId: string): Promise<void> {
  await as(world, 'manager').post(`/clients/${clientId}/purge`, { reason: says(world, `purge.reason ${clientId.slice(0, 4)}`) });
  await as(world, 'administrator').post(`/clients/${clientId}/purge/confirm`);
}

export async function isGone(session: Session, clientId: string): Promise<boolean> {
  return (await session.status(`/clients/${clientId}`)) === 404;
}

export async function mails({ stack }: World): Promise<readonly { to: string; subject: string; text: string; html: string; recipients: readonly string[] }[]> {
  const answer = await fetch(`${stack.info.urls.mail!}/__sandbox/mails`, { signal: AbortSignal.timeout(10_000) });
  return ((await answer.json()) as { mails: Awaited<ReturnType<typeof mails>> }).mails;
}
