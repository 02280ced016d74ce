/** How a download is built, whatever happens to the attempts. */
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '../../domain/roles.js';
import { beginBuild, createDownload, failDownload, fetchDownload, getDownload, keepBuild, NotWanted, noteProgress, removeDownload, type Build, type ClientKey, type Store, type WorkerPrivateKey } from '../../store/index.js';
import type { ObjectStorage } from '../../store/files/object-storage.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { workerKeys } from '../support/worker-keys.js';
import { newClient } from './support.js';

let test: TestStore;
let workerKey: WorkerPrivateKey;
let client: ClientKey;
let manager: Actor;
beforeAll(async () => {
  test = await openTestStore();
  workerKey = (await workerKeys()).privateKey;
  manager = await test.actor('manager');
});
afterAll(() => test.close());
beforeEach(async () => {
  client = await newClient(test);
});

/** Files outside the database, in memory. */
class Shelf implements ObjectStorage {
  readonly kept = new Map<string, Buffer>();
  async put(key: string, bytes: AsyncIterable<Uint8Array>) {
    this.kept.set(key, await buffer(bytes));
  }
  async get(key: string) {
    const found = this.kept.get(key);
    if (!found) return null;
    return (async function* () {
      yield found;
    })();
  }
  async removeAll(prefix: string) {
    const keys = [...this.kept.keys()].filter((key) => key.startsWith(prefix));
    for (const key of keys) this.kept.delete(key);
    return keys.length;
  }
}

const nothing = { rowsDone: 0, rowsTotal: 0, filesDone: 0, filesTotal: 0 };
const create = async (store: Store = test.store) =>
  (await createDownload(store, client, manager, { format: 'json', passwords: 'left_out', attachments: 'left_out', seal: null, expiresAt: new Date(Date.now() + 60_000) })).id;
const begin = (id: string, store: Store = test.store) => beginBuild(store, client, id, workerKey);
const keep = (build: Build, bytes: AsyncIterable<Uint8Array>, store: Store = test.store) => keepBuild(store, client, build, bytes, () => nothing);
const fetched = async (id: string, store: Store = test.store) => buffer((await fetchDownload(store, client, manager, id)).bytes);
const chunks = () => test.store.db.downloadChunk.count({ where: { clientId: client.clientId } });

/** A file of several chunks. */
async function* file(letter: string, breaksAfter = Infinity) {
  for (let part = 0; part < 10; part += 1) {
    if (part === breaksAfter) throw new Error('The worker died');
    yield Buffer.alloc(100_000, letter);
  }
}

const places: readonly (readonly [string, () => Store])[] = [
  ['in the database', () => test.store],
  ['in an object storage', () => ({ ...test.store, objects: new Shelf() })],
];

describe.each(places)('a download that is kept %s', (_where, at) => {
  it('is what the attempt wrote that came to its end, and nothing of one that broke', async () => {
    const store = at();
    const id = await create(store);
    await expect(keep(await begin(id, store), file('a', 7), store)).rejects.toThrow('The worker died');
    expect((await getDownload(store, client, id)).state).toBe('building');
    await keep(await begin(id, store), file('b'), store);
    const bytes = await fetched(id, store);
    expect([bytes.length, bytes.every((byte) => byte === 98)]).toEqual([1_000_000, true]);
    expect(await chunks()).toBe(store.objects ? 0 : 4);
  });

  it('is gone with all that lay anywhere when it is removed', async () => {
    const store = at();
    const id = await create(store);
    await keep(await begin(id, store), file('a'), store);
    await removeDownload(store, client, manager, id);
    expect([await chunks(), (store.objects as Shelf | undefined)?.kept.size ?? 0]).toEqual([0, 0]);
    await expect(fetched(id, store)).rejects.toThrow('There is no such download');
  });
});

describe('an attempt to build a download', () => {
  it('ends without a trace when another one has begun, even if it was about to end', async () => {
    const id = await create();
    const first = await begin(id);
    const second = await begin(id);
    await expect(noteProgress(test.store, client, first, nothing)).rejects.toThrow(NotWanted);
    await keep(second, file('b'));
    await expect(keep(first, file('a'))).rejects.toThrow(NotWanted);
    expect((await fetched(id)).includes('a')).toBe(false);
  });

  it('ends when the download is removed while it writes', async () => {
    const id = await create();
    const build = await begin(id);
    async function* interrupted() {
      yield* file('a');
      await removeDownload(test.store, client, manager, id);
      yield* file('a');
    }
    await expect(keep(build, interrupted())).rejects.toThrow(NotWanted);
    expect(await chunks()).toBe(0);
    await expect(begin(id)).rejects.toThrow(NotWanted);
  });

  it('that was the last one leaves a failed download and no bytes', async () => {
    const id = await create();
    await expect(keep(await begin(id), file('a', 9))).rejects.toThrow('The worker died');
    await failDownload(test.store, client, id, 'not_built');
    expect(await getDownload(test.store, client, id)).toMatchObject({ state: 'failed', problem: 'not_built' });
    expect(await chunks()).toBe(0);
    await expect(begin(id)).rejects.toThrow(NotWanted);
  });

  it('says when the data was changed while it was read', async () => {
    const id = await create();
    const build = await begin(id);
    await test.store.db.client.update({ where: { id: client.clientId }, data: { version: { increment: 1 } } });
    await keep(build, file('a'));
    expect(await getDownload(test.store, client, id)).toMatchObject({ state: 'ready', changedMeanwhile: true, dataVersion: build.dataVersion });
  });
});

it('chunks of a download open at their own place only', async () => {
  const [one, other] = [await create(), await create()];
  await keep(await begin(one), file('a'));
  await keep(await begin(other), file('b'));
  const [chunk] = await test.store.db.downloadChunk.findMany({ where: { downloadId: other, index: 0 } });
  await test.store.db.downloadChunk.updateMany({ where: { downloadId: one, index: 0 }, data: { content: chunk!.content } });
  await expect(fetched(one)).rejects.toThrow('does not open at its place');
});
