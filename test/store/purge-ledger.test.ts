import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getExportRecord, replayPurges, verifyChain, type ClientKey, type Store } from '../../store/index.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { newClient } from './support.js';

let test: TestStore;
let store: Store;
beforeAll(async () => {
  test = await openTestStore();
  store = test.store;
});
afterAll(() => test.close());

const rowsOf = async ({ clientId }: ClientKey) => ({
  client: await store.db.client.count({ where: { id: clientId } }),
  sections: await store.db.sectionState.count({ where: { clientId } }),
});

describe('a database that was restored from an old backup', () => {
  it('gives up again what was purged after the backup was taken, and keeps every other client', async () => {
    const [purged, kept] = [await newClient(test, 'accounting'), await newClient(test, 'accounting')];
    // What the backup brings back is a client at an early stage whose key the purge has destroyed.
    await store.vault.destroyKey(purged);

    expect(await replayPurges(store)).toEqual({ removed: 1 });
    expect(await rowsOf(purged)).toEqual({ client: 0, sections: 0 });
    expect((await rowsOf(kept)).client).toBe(1);
    expect((await verifyChain(store, purged.tenantId)).faults).toEqual([]);
    expect(await replayPurges(store), 'a second start finds nothing').toEqual({ removed: 0 });
  });

  it('is cleaned once by processes that start together', async () => {
    const clients = [await newClient(test, 'sales'), await newClient(test, 'sales')];
    for (const client of clients) await store.vault.destroyKey(client);
    await Promise.all([replayPurges(store), replayPurges(store), replayPurges(store)]);
    for (const client of clients) {
      expect((await rowsOf(client)).client).toBe(0);
      expect(await store.db.auditEntry.count({ where: { clientId: client.clientId, action: 'client.purged' } })).toBe(1);
    }
  });

  it('leaves a purge that is under way to itself', async () => {
    const client = await newClient(test, 'sales');
    await store.db.client.update({ where: { id: client.clientId }, data: { stage: 'purged' } });
    await store.vault.destroyKey(client);
    await replayPurges(store);
    expect((await rowsOf(client)).client).toBe(1);
  });

  it('writes the certificate into a record of export that the backup knows as not purged', async () => {
    const client = await newClient(test, 'sales');
    await store.db.exportRecord.create({ data: { clientId: client.clientId, tenantId: client.tenantId, organizationId: '1', counts: {}, phases: {}, approvals: [], exportedAt: new Date() } });
    await store.vault.destroyKey(client);
    // Destroyed a while ago, by the purge that the backup does not know of.
    await writeFile(join(test.keyFolder, `client-${client.clientId}.gone`), '2026-03-01T10:00:00.000Z');
    await replayPurges(store);
    const { certificate } = await getExportRecord(store, client);
    expect(certificate?.policy).toContain('backup was restored');
    expect(new Date(certificate!.keyDestroyedAt).toISOString(), 'when it happened, not when it was found').toBe('2026-03-01T10:00:00.000Z');
  });
});
