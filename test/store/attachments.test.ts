import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kindOf } from '../../domain/kinds/index.js';
import type { Actor } from '../../domain/roles.js';
import { deleteRecord, fileLimitBytes, getRecord, readContent, writeContent, type ClientKey, type Store } from '../../store/index.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { putInStage } from '../support/sample-client.js';
import { add, newClient, refusalOf } from './support.js';

let test: TestStore;
let store: Store;
let actor: Actor;
let client: ClientKey;
beforeAll(async () => {
  test = await openTestStore();
  store = test.store;
  actor = await test.actor('onboarding_engineer');
  client = await newClient(test, 'msp');
});
afterAll(() => test.close());

const chunk = 256 * 1024;

async function* parts(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}
const file = async () => (await add(store, client, actor, 'attachment', { fileName: 'plan.pdf' })).id;
const write = (id: string, bytes: AsyncIterable<Uint8Array>) => writeContent(store, client, actor, id, 'application/pdf', bytes);
async function read(id: string): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const part of (await readContent(store, client, id)).bytes) all.push(part);
  return Buffer.concat(all);
}
const rows = (recordId: string) => store.db.attachmentChunk.count({ where: { recordId } });

describe('a file', () => {
  it.each([0, 1, 1_000, chunk - 1, chunk, chunk + 1, 3 * chunk, 3 * chunk + 17])('of %i bytes comes back as it was, with size and SHA-256', async (size) => {
    const [id, bytes] = [await file(), randomBytes(size)];
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect((await write(id, parts(bytes, 65_536))).content).toMatchObject({ fileName: 'plan.pdf', contentType: 'application/pdf', size, sha256 });
    expect(await readContent(store, client, id)).toMatchObject({ size, sha256 });
    expect((await read(id)).equals(bytes)).toBe(true);
    expect(await rows(id)).toBe(Math.ceil(size / chunk) + 1);
  });

  it('comes back the same in whatever pieces it arrived', async () => {
    const bytes = randomBytes(chunk + 1_000);
    for (const size of [1_009, chunk, bytes.length]) {
      const id = await file();
      await write(id, parts(bytes, size));
      expect((await read(id)).equals(bytes)).toBe(true);
    }
  });

  it('that was never uploaded, or is another tenant’s or client’s, is not found', async () => {
    const id = await file();
    expect(await refusalOf(readContent(store, client, id))).toBe('not_found');
    await write(id, parts(Buffer.from('x'), 10));
    expect(await refusalOf(readContent(store, { ...client, tenantId: test.tenants[1]!.id }, id))).toBe('not_found');
    expect(await refusalOf(readContent(store, await newClient(test), id))).toBe('not_found');
  });

  it('is gone with its record', async () => {
    const id = await file();
    const { version } = await write(id, parts(Buffer.from('x'), 10));
    await deleteRecord(store, client, actor, kindOf('attachment'), id, version);
    expect(await rows(id)).toBe(0);
  });
});

describe('an upload', () => {
  it('replaces the file as a whole, and leaves no chunk of the old one', async () => {
    const id = await file();
    await write(id, parts(randomBytes(2 * chunk), chunk));
    await write(id, parts(Buffer.from('new'), 10));
    expect((await read(id)).toString()).toBe('new');
    expect(await rows(id)).toBe(2);
  });

  it('that breaks keeps the old file and leaves nothing of its own', async () => {
    const id = await file();
    await write(id, parts(Buffer.from('old'), 10));
    const before = await getRecord(store, client, 'attachment', id);
    const broken = async function* () {
      yield randomBytes(chunk + 5);
      throw new Error('the line broke');
    };
    await expect(write(id, broken())).rejects.toThrow('the line broke');
    expect((await read(id)).toString()).toBe('old');
    expect(await rows(id)).toBe(2);
    expect(await getRecord(store, client, 'attachment', id)).toEqual(before);
  });

  it('over the limit is refused without reading on, and leaves nothing', async () => {
    const id = await file();
    // Refused while the chunk that passes the limit arrives: a vault that does not seal makes 100 MB quick.
    const quick: Store = { db: new Proxy(store.db, { get: (db, name) => (name === 'attachmentChunk' ? { ...db.attachmentChunk, create: () => Promise.resolve(), deleteMany: () => Promise.resolve(), count: () => Promise.resolve(0) } : (Reflect.get(db, name) as unknown)) }), vault: store.vault };
    let sent = 0;
    const endless = async function* () {
      const piece = Buffer.alloc(4 * 1024 * 1024);
      for (;;) {
        sent += piece.length;
        yield piece;
      }
    };
    await expect(writeContent(quick, client, actor, id, 'x/y', endless())).rejects.toMatchObject({ code: 'limit_reached', message: 'A file may have at most 100 MB' });
    expect(sent).toBeLessThanOrEqual(fileLimitBytes + 4 * 1024 * 1024);
    expect(await rows(id)).toBe(0);
  });

  it('in a closed section, of another kind or to nothing is refused and leaves nothing', async () => {
    const id = await file();
    const make = await add(store, client, actor, 'make', { name: 'Dell' });
    expect(await refusalOf(write(make.id, parts(Buffer.from('x'), 1)))).toBe('not_found');
    await putInStage(store, client, 'msp_review');
    expect(await refusalOf(write(id, parts(Buffer.from('x'), 1)))).toBe('wrong_stage');
    await putInStage(store, client, 'msp');
    expect(await rows(id)).toBe(0);
  });

  it('that overlaps another one never mixes with it: one file is there whole, the other refused', async () => {
    const id = await file();
    const [first, second] = [randomBytes(2 * chunk), randomBytes(2 * chunk)];
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    let started!: () => void;
    const underWay = new Promise<void>((resolve) => (started = resolve));
    const slow = async function* () {
      yield first.subarray(0, chunk);
      started();
      await held;
      yield first.subarray(chunk);
    };
    const slowUpload = refusalOf(write(id, slow()));
    await underWay;
    await write(id, parts(second, chunk));
    release();
    expect(await slowUpload).toBe('stale_version');
    expect((await read(id)).equals(second)).toBe(true);
    expect(await rows(id)).toBe(3);
  });

  it('whose last answer is lost after the commit stays in force', async () => {
    const id = await file();
    await write(id, parts(Buffer.from('old'), 10));
    const lost: Store = {
      vault: store.vault,
      db: new Proxy(store.db, {
        get(db, name) {
          if (name !== '$transaction') return Reflect.get(db, name) as unknown;
          return async (...args: Parameters<typeof db.$transaction>) => {
            await db.$transaction(...args);
            throw new Error('connection reset');
          };
        },
      }),
    };
    await expect(writeContent(lost, client, actor, id, 'x/y', parts(Buffer.from('new'), 10))).rejects.toThrow('connection reset');
    expect((await read(id)).toString()).toBe('new');
  });
});
