/** A purge in whose middle everything dies: another client, large enough to be removed in portions. */
import { readdir } from 'node:fs/promises';
import { as, type World } from './people.js';
import { purgeNow } from './ending.js';
import { until } from './stack.js';

export interface Interrupted {
  readonly clientId: string;
  /** Its rows of records when it was whole. */
  readonly records: number;
}

/** More than one portion of rows (store/purge.ts), as many as a batch takes twice. */
const people = 800;

/**
 * Removes a client, and kills all parts of the product when its key and its first rows are gone and others are still there. What
 * Temporal needs to believe the worker dead (a minute) passes while the run goes on.
 */
export async function interruptPurge(world: World): Promise<Interrupted> {
  const { stack, canaries, report } = world;
  report('a large client is removed, and everything is killed in the middle of it');
  const [sales, engineer, manager] = [as(world, 'sales_rep'), as(world, 'onboarding_engineer'), as(world, 'manager')];
  const { id } = await sales.post<{ id: string }>('/clients', { company: canaries.make('interrupted client: company.company').value });
  await stack.withQuery((query) => query(`UPDATE "Client" SET "stage" = 'accounting' WHERE "id" = '${id}'`));
  const lastName = canaries.make('interrupted client: person.lastName').value;
  for (let half = 0; half < 2; half += 1) {
    const items = Array.from({ length: people / 2 }, (_, number) => ({ fields: { firstName: `P${half}-${number}`, lastName } }));
    await engineer.post(`/clients/${id}/personnel/batch`, { items });
  }
  const records = await recordsOf(world, id);
  await manager.post(`/clients/${id}/delete`);

  // The worker asks for files to remove before each portion of rows: the second time it waits in vain.
  let asked = 0;
  stack.files.hold((path) => path.includes(id) && (asked += 1) > 1);
  await purgeNow(world, id);
  await until('the purge is in its middle', async () => stack.files.held > 0);
  const left = await recordsOf(world, id);
  if (left === 0 || left >= records || (await hasKey(world, id))) throw new Error(`The purge was not in its middle: ${left} of ${records} rows were left`);
  await Promise.all((['worker', 'api', 'postgres', 'temporal'] as const).map((part) => stack.crash(part, 'SIGKILL')));
  stack.files.hold();
  return { clientId: id, records };
}

/** Waits until the purge has come to its end by itself. @returns what is not as it must be then, in words */
export async function afterInterruption(world: World, { clientId, records }: Interrupted): Promise<string[]> {
  const certificates = async () => (await world.stack.withQuery((query) => query(`SELECT "certificate" FROM "Removal" WHERE "clientId" = '${clientId}'`))).map((row) => row['certificate'] as { removed: Record<string, number> });
  await until('the interrupted purge has ended', async () => (await certificates()).length > 0);
  const noted = await world.stack.withQuery((query) => query(`SELECT 1 FROM "AuditEntry" WHERE "clientId" = '${clientId}' AND "action" = 'client.purged'`));
  const [certificate, ...more] = await certificates();
  return [
    ...(more.length > 0 || noted.length !== 1 ? [`the interrupted purge has ${more.length + 1} certificates and ${noted.length} entries in the audit trail`] : []),
    ...(certificate!.removed['record'] === records ? [] : [`the certificate of the interrupted purge counts ${certificate!.removed['record']} of ${records} records`]),
    ...((await hasKey(world, clientId)) ? ['the key of the interrupted purge is still there'] : []),
  ];
}

async function recordsOf({ stack }: World, clientId: string): Promise<number> {
  const [row] = await stack.withQuery((query) => query(`SELECT count(*)::int AS n FROM "Record" WHERE "clientId" = '${clientId}'`));
  return row!['n'] as number;
}

const hasKey = async ({ stack }: World, clientId: string) => (await readdir(stack.info.settings['KEY_STORE_DIR']!)).includes(`client-${clientId}.key`);
