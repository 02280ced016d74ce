/**
 * Whoever can write to the database, but has no key, can move what is sealed. Here every sealed column that the database has is
 * filled by the product for three clients of two tenants; then each value is tried at every other place.
 */
import { randomUUID } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kindOf, pageByName } from '../../domain/kinds/index.js';
import {
  answerPage, askQuestion, beginBuild, beginImport, beginOidc, beginRequest, beginSecondFactor, changeRecord, confirmSecondFactor, createDownload, createPreview, createUser, decideMappings, decideSpelling,
  endRequest, fillPreview, getRecord, getUser, inTransaction, keepBuild, markStuck, newId, passphrasePlace, queueMail, readContent, saveCatalogue, saveImport, SealBrokenError, sealForWorkers,
  setIdentityProvider, setPassword, stageRows, standInForPage, startSession, withOrigin, writeChunks, writeContent, writeRemarks, type ClientKey, type Owner, type Store, type WorkerPrivateKey, type WorkerPublicKey,
} from '../../store/index.js';
import type { ObjectStorage } from '../../store/files/object-storage.js';
import { createSampleClient, putInStage } from '../support/sample-client.js';
import { columnsOfBytes, rowsOf, sealedColumns, sealedOtherwise, type Query, type Row, type SealedColumn, type SealedValue } from '../support/sealed-columns.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { workerKeys } from '../support/worker-keys.js';
import { add, contentOf, propose } from './support.js';

let test: TestStore;
let store: Store;
let query: Query;
let keys: { publicKey: WorkerPublicKey; privateKey: WorkerPrivateKey };
let clients: ClientKey[];

beforeAll(async () => {
  [test, keys] = await Promise.all([openTestStore(), workerKeys()]);
  store = test.store;
  query = (sql) => store.db.$queryRawUnsafe<Row[]>(sql);
  clients = [];
  for (const tenant of [0, 0, 1]) clients.push(await fill(tenant));
});
afterAll(() => test.close());

async function* bytes(text: string) {
  yield Buffer.from(text);
}

/** A client with a value in each sealed column, and what its tenant has beside it. */
async function fill(tenant: number): Promise<ClientKey> {
  const { key: client } = await createSampleClient(test, {}, tenant);
  const [engineer, manager, administrator] = await Promise.all((['onboarding_engineer', 'manager', 'administrator'] as const).map((role) => test.actor(role, tenant)));
  const about = { page: null, recordId: null, field: null };
  // A change after the record was made is marked with who made it.
  await putInStage(store, client, 'accounting');
  const site = await add(store, client, engineer!, 'site', { name: 'Depot' });
  await changeRecord(store, client, engineer!, kindOf('site'), site.id, { version: 1, fields: { city: 'Salem' }, references: {} });
  await putInStage(store, client, 'msp');
  await withOrigin('192.0.2.1', () => propose(store, client, engineer!, 'reset', { section: 'msp', reasons: ['why'] }));
  await fillPreview(store, client, await createPreview(store, client, engineer!.userId), 1, { x: 1 }, [[client.clientId, 1, 'company', 'x']]);
  const request = { tenantId: client.tenantId, actorId: engineer!.userId, key: randomUUID(), clientId: client.clientId, fingerprint: 'x' };
  await beginRequest(store, request);
  await endRequest(store, request, { status: 200, body: { x: 1 } });
  await askQuestion(store, client, engineer!, 'msp', 'Which?', about);
  await inTransaction(store, (context) => writeRemarks(context, client, engineer!, 'msp', randomUUID(), [{ text: 'Again' }]));
  await markStuck(store, client, engineer!, 'msp', 'It hangs');
  await inTransaction(store, (context) => standInForPage(context, client, engineer!, pageByName('msp', 'vendors')!, 'They are silent'));
  await store.db.record.deleteMany({ where: { clientId: client.clientId, kind: 'application' } });
  await answerPage(store, client, engineer!, pageByName('msp', 'applications')!, { answer: 'not_known', reason: 'Nobody knows' });
  await decideMappings(store, client, engineer!, [{ list: 'contactTypes', word: 'Owner', entry: { id: '7', name: 'Owner' } }]);
  const person = await createUser(store, { tenantId: client.tenantId, roles: ['msp'], firstName: 'O', lastName: 'R', email: `${randomUUID()}@x.example`, scope: { clientId: client.clientId, section: 'msp' } });
  await startSession(store, person, { method: 'mail_code', userAgent: 'x', policy: { idleMs: 60_000, absoluteMs: 60_000 } });
  await queueMail(store, { ...client, to: engineer!.userId, template: 'ready', facts: {}, dedupeKey: randomUUID() });
  await imported(client, engineer!);
  await downloaded(client, manager!);
  await ofTenant(client, engineer!, administrator!);
  return client;
}

async function imported(client: ClientKey, actor: Parameters<typeof beginImport>[2]): Promise<void> {
  const [importId, run] = [newId(), newId()];
  await beginImport(store, client, actor, { id: importId, kind: 'site', section: 'accounting' });
  await writeChunks(store, client, importId, bytes('Name\nA\n'));
  const marks = { entered: { name: { by: actor.userId, party: 'internal' as const, at: new Date().toISOString(), version: 1 } }, answers: {} };
  await stageRows(store, client, { importId, run, blocks: 0, rows: 0 }, [
    { action: 'new', kind: kindOf('site'), recordId: newId(), version: null, sourceHash: null, content: contentOf('site', { name: 'A' }), references: {}, marks },
    { action: 'bad', kind: kindOf('site'), row: 2, cells: ['x'], reasons: ['y'] },
  ]);
  await saveImport(store, client, importId, 0, { content: { x: 1 }, run, dataVersion: 1 });
}

/** One that waits with its passphrase, and one that is built. */
async function downloaded(client: ClientKey, actor: Parameters<typeof createDownload>[2]): Promise<void> {
  const expiresAt = new Date(Date.now() + 3_600_000);
  const built = await createDownload(store, client, actor, { format: 'json', passwords: 'left_out', attachments: 'left_out', seal: null, expiresAt });
  const build = await beginBuild(store, client, built.id, keys.privateKey);
  await keepBuild(store, client, build, bytes('{}'), () => ({ rowsDone: 0, rowsTotal: 0, filesDone: 0, filesTotal: 0 }));
  const seal = async (id: string) => sealForWorkers(keys.publicKey, passphrasePlace(client, id), 'correct horse battery staple');
  await createDownload(store, client, actor, { format: 'csv', passwords: 'included', attachments: 'left_out', seal, expiresAt });
}

async function ofTenant({ tenantId, clientId }: ClientKey, engineer: Parameters<typeof decideSpelling>[2], administrator: Parameters<typeof setIdentityProvider>[1]): Promise<void> {
  const user = await getUser(store, tenantId, administrator.userId);
  await setPassword(store, user, 'a green bicycle that rides itself');
  const { secret } = await beginSecondFactor(store, user);
  await confirmSecondFactor(store, user, new TOTP({ secret: Secret.fromBase32(secret) }).generate());
  await beginSecondFactor(store, user);
  await setIdentityProvider(store, administrator, { issuer: 'https://id.example', clientId: 'x', allowedDomains: ['x.example'], mailTrust: 'always' }, 'a client secret');
  await beginOidc(store, tenantId, randomUUID(), { nonce: 'n', codeVerifier: 'v' } as never);
  await saveCatalogue(store, tenantId, [{ id: '7', manufacturer: 'Acme', model: '' }]);
  const { id: recordId } = await store.db.record.findFirstOrThrow({ where: { clientId, kind: 'make' } });
  const [typed, target] = [{ manufacturer: `Acme ${clientId}`, model: '' }, { manufacturer: 'Acme', model: '' }];
  await decideSpelling(store, { tenantId, clientId }, engineer, [{ recordId, choice: 'use_existing', itGlueId: '7', typed, target }]);
}

interface Sealed extends SealedValue {
  readonly column: SealedColumn;
  readonly owner: Owner;
}

async function sealedValues(): Promise<Sealed[]> {
  const values: Sealed[] = [];
  for (const column of sealedColumns) {
    for (const row of await rowsOf(query, column)) values.push(...column.values(row).map((value) => ({ column, owner: column.owner(row), ...value })));
  }
  return values;
}

const spot = ({ owner, place }: Sealed) => [owner.tenantId, owner.clientId, place.table, place.row, place.field].join('|');
const nameOf = ({ table, column }: SealedColumn) => `${table}.${column}`;

describe('what is sealed in the database', () => {
  it('is known: every column of bytes is in the table of sealed columns, and each is filled here', async () => {
    expect([...new Set([...sealedColumns.map(nameOf), ...Object.keys(sealedOtherwise)])].sort()).toEqual([...(await columnsOfBytes(query))].sort());
    const filled = new Set((await sealedValues()).map(({ column }) => nameOf(column)));
    expect(sealedColumns.map(nameOf).filter((name) => !filled.has(name)), 'a new column must be filled above').toEqual([]);
  });

  it('opens where it lies, and no two values share a place, so that none can take the place of another', async () => {
    const values = await sealedValues();
    for (const { owner, place, bytes: value } of values) await expect(store.vault.open(owner, place, value), JSON.stringify(place)).resolves.toBeInstanceOf(Buffer);
    const spots = values.map(spot);
    expect(spots.filter((one, index) => spots.indexOf(one) !== index)).toEqual([]);
  });

  it('opens at no place of another row, field, table, client or tenant', async () => {
    const values = await sealedValues();
    // One of each column and owner stands for those like it.
    const targets = [...new Map(values.map((value) => [`${nameOf(value.column)} ${value.owner.tenantId} ${String(value.owner.clientId)}`, value])).values()];
    let tried = 0;
    for (const moved of values) {
      for (const target of targets) {
        if (spot(moved) === spot(target)) continue;
        tried += 1;
        await store.vault.open(target.owner, target.place, moved.bytes).then(
          () => expect.unreachable(`${nameOf(moved.column)} opened as ${nameOf(target.column)}`),
          (error: unknown) => {
            if (!(error instanceof SealBrokenError)) throw error;
          },
        );
      }
    }
    expect(tried).toBeGreaterThan(5_000);
  });

  it('cannot be given to another owner with its row: ids of the row, its client and its tenant take part', async () => {
    for (const column of sealedColumns) {
      const [row] = await rowsOf(query, column);
      const changed = (name: string) => ({ ...row!, [name]: name === 'clientId' ? clients.find(({ clientId }) => clientId !== row!['clientId'])!.clientId : clients.find(({ tenantId }) => tenantId !== row!['tenantId'])!.tenantId });
      for (const other of [changed('tenantId'), ...(column.owner(row!).clientId === null ? [] : [changed('clientId')])]) {
        for (const { place, bytes: sealed } of column.values(other)) await expect(store.vault.open(column.owner(other), place, sealed), nameOf(column)).rejects.toThrow(SealBrokenError);
      }
    }
  });
});

describe.each([
  { where: 'rows', objects: undefined },
  { where: 'objects', objects: new Map<string, Buffer>() },
])('the chunks of a file in $where', ({ objects }) => {
  const chunk = 256 * 1024;
  let withFiles: Store;
  let files: { client: ClientKey; record: string }[];

  beforeAll(async () => {
    withFiles = objects ? { ...store, objects: inMemory(objects) } : store;
    files = [];
    for (const client of [clients[0]!, clients[0]!, clients[1]!]) {
      await putInStage(store, client, 'msp');
      const engineer = await test.actor('onboarding_engineer');
      const { id } = await add(store, client, engineer, 'attachment', { fileName: 'a.bin' });
      await writeContent(withFiles, client, engineer, id, 'text/plain', (async function* () {
        for (const letter of 'abcd') yield Buffer.alloc(chunk, letter);
      })());
      files.push({ client, record: id });
    }
  });

  const read = async ({ client, record }: { client: ClientKey; record: string }) => {
    const { bytes: content } = await readContent(withFiles, client, record);
    const parts: Buffer[] = [];
    for await (const part of content) parts.push(part);
    return Buffer.concat(parts);
  };
  /** The chunks of a file as they lie there, in their order. */
  const chunksOf = async (record: string): Promise<Buffer[]> => {
    if (!objects) return (await store.db.attachmentChunk.findMany({ where: { recordId: record, index: { gte: 0 } }, orderBy: { index: 'asc' } })).map(({ content }) => Buffer.from(content));
    const framed = objects.get([...objects.keys()].find((key) => key.includes(record))!)!;
    const parts: Buffer[] = [];
    for (let at = 0; at < framed.length; at += 4 + framed.readUInt32BE(at)) parts.push(framed.subarray(at + 4, at + 4 + framed.readUInt32BE(at)));
    return parts;
  };
  const put = async (record: string, chunks: readonly Buffer[]): Promise<void> => {
    if (objects) {
      const framed = chunks.map((one) => Buffer.concat([Buffer.from([one.length >>> 24, (one.length >>> 16) & 255, (one.length >>> 8) & 255, one.length & 255]), one]));
      objects.set([...objects.keys()].find((key) => key.includes(record))!, Buffer.concat(framed));
      return;
    }
    const { upload } = await store.db.attachmentChunk.findFirstOrThrow({ where: { recordId: record, index: -1 } });
    const { clientId } = await store.db.record.findUniqueOrThrow({ where: { id: record } });
    await store.db.attachmentChunk.deleteMany({ where: { recordId: record, index: { gte: 0 } } });
    await store.db.attachmentChunk.createMany({ data: chunks.map((content, index) => ({ recordId: record, clientId, upload, index, content: new Uint8Array(content) })) });
  };

  it.each([
    ['reordered', (own: Buffer[]) => [own[1]!, own[0]!, own[2]!, own[3]!]],
    ['cut off at a border', (own: Buffer[]) => own.slice(0, 3)],
    ['cut off within one', (own: Buffer[]) => [own[0]!, own[1]!, own[2]!, own[3]!.subarray(0, 100)]],
    ['with one twice', (own: Buffer[]) => [own[0]!, own[0]!, own[2]!, own[3]!]],
    ['with one of another file of the client', (own: Buffer[], sibling: Buffer[]) => [sibling[0]!, own[1]!, own[2]!, own[3]!]],
    ['with one of another client’s file', (own: Buffer[], _sibling: Buffer[], foreign: Buffer[]) => [own[0]!, own[1]!, own[2]!, foreign[3]!]],
    ['all of another file', (_own: Buffer[], sibling: Buffer[]) => sibling],
  ])('are refused when %s', async (_, forge) => {
    const [own, sibling, foreign] = await Promise.all(files.map(({ record }) => chunksOf(record)));
    expect((await read(files[0]!)).length).toBe(4 * chunk);
    await put(files[0]!.record, forge(own!, sibling!, foreign!));
    await expect(read(files[0]!)).rejects.toThrow();
    await put(files[0]!.record, own!);
    expect((await read(files[0]!)).subarray(-3).toString(), 'and open again once they are as they were').toBe('ddd');
  });

  it('never give more than what was uploaded, whatever is added to them', async () => {
    const own = await chunksOf(files[0]!.record);
    await put(files[0]!.record, [...own, own[3]!]);
    const given = await read(files[0]!).catch(() => null);
    if (given) expect(given.length).toBe(4 * chunk);
    await put(files[0]!.record, own);
  });
});

it('a record with the content of another one is refused by whoever reads it', async () => {
  const [one, other] = await store.db.record.findMany({ where: { clientId: clients[0]!.clientId, kind: 'person' }, orderBy: { position: 'asc' } });
  await store.db.record.update({ where: { id: one!.id }, data: { content: other!.content } });
  await expect(getRecord(store, clients[0]!, 'person', one!.id)).rejects.toThrow(SealBrokenError);
});

function inMemory(objects: Map<string, Buffer>): ObjectStorage {
  return {
    async put(key, content) {
      const parts: Uint8Array[] = [];
      for await (const part of content) parts.push(part);
      objects.set(key, Buffer.concat(parts));
    },
    async get(key) {
      const object = objects.get(key);
      return object ? (async function* () { yield object; })() : null;
    },
    async removeAll(prefix, limit) {
      const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).slice(0, limit);
      for (const key of keys) objects.delete(key);
      return keys.length;
    },
  };
}
