import { createSecretKey, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startThread } from '../../api/imports/thread/thread.js';
import { bytesInMemory } from '../../tables/byte-source.js';
import { TableError } from '../../tables/table-error.js';
import { importFile, importsUrl, openClient, sendFile } from './importing.js';
import { startTestApi, type TestApi } from './support.js';

/** A CSV file of sites that is large enough for a thread. */
const sites = (name: string, rows = 20_000) => `Name,City,Notes\n${Array.from({ length: rows }, (_, row) => `${name} ${row},Bend,"Third door, ring ${row} times"\n`).join('')}`;

/** Threads that this process has started, and how many of them are still there. */
const threads = { started: 0, left: 0 };
const count = (worker: Worker) => {
  threads.started += 1;
  threads.left += 1;
  worker.once('exit', () => (threads.left -= 1));
};
beforeAll(() => void process.on('worker', count));
afterAll(() => void process.off('worker', count));
beforeEach(() => void (threads.started = 0));
afterEach(() => expect(threads.left).toBe(0));

describe('an import', () => {
  let test: TestApi;
  let client: string;
  beforeAll(async () => void (test = await startTestApi()));
  beforeEach(async () => void (client = await openClient(test)));
  afterAll(() => test.close());

  async function kept() {
    const where = { clientId: client };
    return Promise.all([test.store.db.import.count({ where }), test.store.db.importChunk.count({ where }), test.store.db.importBlock.count({ where })]);
  }

  it('of a large file has a thread of its own, and comes to the same', async () => {
    const done = await importFile(test, client, 'sites', sites('Far'));
    expect(done.body.result).toMatchObject({ created: 20_000 });
    expect(threads.started).toBe(1);
    const { items } = (await test.call('administrator', 'GET', `/v1/clients/${client}/sites?limit=1`)).body;
    expect(items[0].fields).toMatchObject({ name: 'Far 0', city: 'Bend', notes: 'Third door, ring 0 times' });
  });

  it('of a small file needs none', async () => {
    expect((await importFile(test, client, 'sites', sites('Near', 200))).body.result).toMatchObject({ created: 200 });
    expect(threads.started).toBe(0);
  });

  it.each([
    ['at its beginning', 1],
    ['in the middle', 40],
  ])('whose thread dies %s ends with an error in words; nothing is kept, and the next one works', async (_, messages) => {
    const kill = (worker: Worker) => {
      let left = messages;
      worker.on('message', () => (left -= 1) === 0 && void worker.terminate());
    };
    process.once('worker', kill);
    const answer = await sendFile(test, client, 'sites', sites('Lost'));
    expect([answer.status, answer.body.detail]).toEqual([500, 'The import broke off while the file was read, and nothing of it was kept: send the file again']);
    expect(await kept()).toEqual([0, 0, 0]);
    expect((await sendFile(test, client, 'sites', sites('Lost'))).body).toMatchObject({ new: 20_000, bad: 0 });
  });

  it('of a large file that passes a limit late in it is refused in words', async () => {
    const answer = await sendFile(test, client, 'sites', `${sites('Odd')}${'x'.repeat(40_000)},Bend,\n`);
    expect([answer.status, answer.body.detail]).toEqual([422, expect.stringContaining('row 20002 has a longer one in column A')]);
    expect(await kept()).toEqual([0, 0, 0]);
  });

  it('whose upload breaks off leaves nothing', async () => {
    await test.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = test.app.server.address() as AddressInfo;
    const sent = request({ port, method: 'POST', path: `${importsUrl(client, 'sites')}?records=sites`, headers: { authorization: `Bearer ${test.token('administrator')}`, 'content-type': 'text/csv', 'content-length': String(10 * 2 ** 20) } });
    sent.on('error', () => undefined);
    sent.write(sites('Half'));
    await expect.poll(async () => (await kept())[1]).toBeGreaterThan(0);
    sent.destroy();
    await expect.poll(kept).toEqual([0, 0, 0]);
  });
});

describe('a thread', () => {
  const file = bytesInMemory(Buffer.from(sites('Main')));

  async function rowsOf(thread: ReturnType<typeof startThread>, from = file): Promise<number> {
    try {
      const { rows } = await thread.openTable(from, {}, { sheet: 'Sites' });
      let read = 0;
      for await (const portion of rows) read += portion.length;
      return read;
    } finally {
      await thread.end();
    }
  }

  it('reads every row', async () => {
    expect(await rowsOf(startThread())).toBe(20_000);
  });

  it('that runs out of memory ends with words for the sender', async () => {
    const ended = rowsOf(startThread({ silentMs: 60_000, memory: { maxOldGenerationSizeMb: 3 } }));
    await expect(ended).rejects.toThrow(new TableError('The file takes more memory to read than one import may have: split it, or send it as CSV'));
  });

  it('that does not answer in time ends with an error', async () => {
    await expect(rowsOf(startThread({ silentMs: 1, memory: {} }))).rejects.toThrow('broke off');
  });

  it('whose file cannot be read ends with the error of the file', async () => {
    class Gone extends Error {}
    const gone = { ...file, range: (start: number, end: number) => (start > 0 ? Promise.reject(new Gone()) : file.range(start, end)) };
    await expect(rowsOf(startThread(), gone)).rejects.toThrow(Gone);
  });

  it('that was ended answers nothing any more', async () => {
    const thread = startThread();
    const waiting = thread.openTable(file, {}, { sheet: 'Sites' });
    const refused = expect(waiting).rejects.toThrow('over');
    await thread.end();
    await refused;
    await expect(thread.seal(createSecretKey(randomBytes(32)), { owner: { tenantId: 'a', clientId: 'b' }, table: 'Record', field: 'content', rows: ['1'], texts: ['x'] })).rejects.toThrow('over');
  });
});
