import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kindOf } from '../../domain/kinds/index.js';
import type { Actor } from '../../domain/roles.js';
import { deleteRecord, getRecord, readContent, removeRows, writeContent, type ClientKey, type Store } from '../../store/index.js';
import { ObjectStorageError } from '../../store/files/object-storage.js';
import { S3ObjectStorage } from '../../store/files/s3-storage.js';
import { startTestS3, type TestS3 } from '../support/s3.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { add, newClient, refusalOf } from './support.js';

let s3: TestS3;
let test: TestStore;
let store: Store;
let actor: Actor;
let client: ClientKey;
beforeAll(async () => {
  [s3, test] = await Promise.all([startTestS3(), openTestStore()]);
  store = { ...test.store, objects: new S3ObjectStorage(s3.place) };
  actor = await test.actor('onboarding_engineer');
  client = await newClient(test, 'msp');
});
afterAll(() => Promise.all([s3.close(), test.close()]));

async function* parts(bytes: Buffer, size = 65_536): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}
const file = async (of = client) => (await add(store, of, actor, 'attachment', { fileName: 'plan.pdf' })).id;
const write = (id: string, bytes: AsyncIterable<Uint8Array>, to = store, of = client) => writeContent(to, of, actor, id, 'application/pdf', bytes);
async function read(id: string, from = store): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const part of (await readContent(from, client, id)).bytes) all.push(part);
  return Buffer.concat(all);
}
/** Files of the server that are neither folders nor its own. */
async function objects(of: ClientKey = client): Promise<string[]> {
  const folder = join(s3.folder, of.tenantId, of.clientId);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe('a file in an S3-compatible storage', () => {
  it.each([0, 1, 300_000, 9 * 1024 * 1024 + 17])('of %i bytes comes back as it was', async (size) => {
    const [id, bytes] = [await file(), randomBytes(size)];
    const { content } = await write(id, parts(bytes));
    expect(content).toMatchObject({ size, sha256: createHash('sha256').update(bytes).digest('hex') });
    expect((await read(id)).equals(bytes)).toBe(true);
    expect(await store.db.attachmentChunk.count({ where: { recordId: id } }), 'in the database only where it is').toBe(1);
  });

  it('lies there sealed, under ids', async () => {
    const [id, mark] = [await file(), Buffer.from('CANARY-4711'.repeat(1_000))];
    await write(id, parts(mark));
    const own = (await objects()).filter((path) => path.includes(id));
    expect(own).toHaveLength(1);
    expect((await readFile(own[0]!)).includes('CANARY-4711')).toBe(false);
  });

  it('is replaced whole, and its old bytes are removed; a broken upload leaves the old one in force', async () => {
    const id = await file();
    await write(id, parts(Buffer.from('old')));
    await write(id, parts(Buffer.from('new')));
    async function* broken() {
      yield randomBytes(6 * 1024 * 1024);
      throw new Error('the line broke');
    }
    await expect(write(id, broken())).rejects.toThrow('the line broke');
    expect((await read(id)).toString()).toBe('new');
    expect((await objects()).filter((path) => path.includes(id))).toHaveLength(1);
  });

  it('goes with its record', async () => {
    const id = await file();
    await write(id, parts(Buffer.from('x')));
    const { version } = await getRecord(store, client, 'attachment', id);
    await deleteRecord(store, client, actor, kindOf('attachment'), id, version);
    expect((await objects()).filter((path) => path.includes(id))).toEqual([]);
  });

  it('goes with its client, counted, and no other client’s does', async () => {
    const other = await newClient(test, 'msp');
    for (let count = 0; count < 3; count += 1) await write(await file(other), parts(Buffer.from('x')), store, other);
    const before = (await objects()).length;
    await store.db.client.update({ where: { id: other.clientId }, data: { stage: 'purged' } });
    expect((await removeRows(store, other)).removed).toMatchObject({ object: 3, attachmentChunk: 3 });
    expect(await objects(other)).toEqual([]);
    expect(await objects()).toHaveLength(before);
  });

  it('that was kept in the database before is still read from there', async () => {
    const id = await file();
    await write(id, parts(Buffer.from('from before')), test.store);
    expect((await read(id)).toString()).toBe('from before');
  });

  it('swapped with another one of the same client does not open', async () => {
    const [one, two] = [await file(), await file()];
    for (const id of [one, two]) await write(id, parts(Buffer.from(`bytes of ${id}`)));
    const rows = await store.db.attachmentChunk.findMany({ where: { recordId: { in: [one, two] } }, orderBy: { recordId: 'asc' } });
    const paths = rows.map((row) => join(s3.folder, client.tenantId, client.clientId, row.recordId, row.upload));
    const stolen = await readFile(paths[0]!);
    await new S3ObjectStorage(s3.place).put(paths[1]!.slice(s3.folder.length + 1), parts(stolen));
    await expect(read(rows[1]!.recordId)).rejects.toThrow('does not open at its place');
  });

  it('is not lost or half kept when the storage is away: the upload says so without a credential', async () => {
    const away = { ...store, objects: new S3ObjectStorage({ ...s3.place, endpoint: 'http://127.0.0.1:9' }) };
    const id = await file();
    const error = await write(id, parts(Buffer.from('x')), away).catch((caught: Error) => caught);
    expect(error).toBeInstanceOf(ObjectStorageError);
    expect(String(error)).not.toContain('test-secret');
    expect(await refusalOf(readContent(store, client, id))).toBe('not_found');
  });
});

describe('the files of one client together', () => {
  it('stay within the tier, the file that is replaced not counted', async () => {
    const of = await newClient(test, 'msp');
    const tenant = await store.db.tenant.findUniqueOrThrow({ where: { id: of.tenantId } });
    await store.db.tier.update({ where: { id: tenant.tierId }, data: { clientFilesMegabytes: 1 } });
    try {
      const [first, second] = [await file(of), await file(of)];
      await write(first, parts(randomBytes(700_000)), store, of);
      expect(await refusalOf(write(second, parts(randomBytes(700_000)), store, of))).toBe('limit_reached');
      await write(first, parts(randomBytes(900_000)), store, of);
      await write(second, parts(randomBytes(100_000)), store, of);
      const other = await newClient(test, 'msp');
      const sideBySide = await Promise.all([await file(other), await file(other)].map((id) => refusalOf(write(id, parts(randomBytes(600_000)), store, other))));
      expect(sideBySide.filter((refusal) => refusal === 'limit_reached')).toHaveLength(1);
    } finally {
      await store.db.tier.update({ where: { id: tenant.tierId }, data: { clientFilesMegabytes: 10_240 } });
    }
  });
});
