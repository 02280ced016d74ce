import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kindOf, allKinds, type AnyKind, type Content } from '../../domain/kinds/index.js';
import { beginRequest, claimName, createPreview, createRecords, createUser, decideMappings, endRequest, fillPreview, issueToken, listRecords, SealBrokenError, writeContent, type ClientKey } from '../../store/index.js';
import { changeRecord, getSingle, planLedger, settleName } from '../../store/index.js';
import { planExport } from '../../domain/it-glue/index.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { putInStage } from '../support/sample-client.js';
import { contentOf, dump, newClient, propose } from './support.js';

let test: TestStore;
beforeAll(async () => void (test = await openTestStore()));
afterAll(() => test.close());

/** A value for every field that can hold text, each with a word of its own that is found nowhere else. */
function canaries(kind: AnyKind): { content: Partial<Content>; words: string[] } {
  const words: string[] = [];
  const content: Partial<Content> = {};
  Object.entries(kind.fields).forEach(([name, field], index) => {
    const tag = `Zq${kind.name.replace('-', '')}${index}Xw`;
    const digits = String(7_310_000_000 + allKinds.indexOf(kind) * 1_000 + index);
    const tries: Record<string, string> = { email: `${tag}@canary.example`.toLowerCase(), phone: digits, url: `https://${tag}.example`, text: tag, longText: tag, secret: tag };
    const value = tries[field.type];
    if (value === undefined || !field.schema.safeParse(value).success) return;
    content[name] = value;
    words.push(value);
  });
  return { content, words };
}

async function plant(client: ClientKey): Promise<string[]> {
  const { store } = test;
  const engineer = await test.actor('onboarding_engineer');
  const words: string[] = [];
  for (const kind of allKinds) {
    const { content, words: planted } = canaries(kind);
    words.push(...planted);
    if (kind.name === 'company') {
      const before = (await getSingle(store, client, 'company'))!;
      await putInStage(store, client, 'sales');
      await changeRecord(store, client, engineer, kind, before.id, { version: before.version, fields: content, references: {} });
      continue;
    }
    await putInStage(store, client, kind.section);
    const [record] = await createRecords(store, client, engineer, kind, [{ content: contentOf(kind.name, content), references: {} }]);
    if (kind.name === 'attachment') {
      await writeContent(store, client, engineer, record!.id, 'text/plain', (async function* () { yield Buffer.from('ZqBytesOfAFileXw '.repeat(20_000)); })());
      words.push('ZqBytesOfAFileXw');
    }
  }
  await propose(store, client, engineer, 'send_back', { section: 'msp', reasons: ['ZqReasonXw'] });
  await fillPreview(store, client, await createPreview(store, client, engineer.userId), 1, { words: 'ZqPreviewXw' }, [[client.clientId, 1, 'company', 'ZqBoundXw']]);
  await decideMappings(store, client, engineer, [{ list: 'contactTypes', word: 'ZqWordXw', entry: { id: '7', name: 'ZqEntryXw' } }]);
  const request = { tenantId: client.tenantId, actorId: engineer.userId, key: 'canary-key-1', clientId: client.clientId, fingerprint: 'ZqFingerprintXw' };
  await beginRequest(store, request);
  await endRequest(store, request, { status: 201, body: { name: 'ZqAnswerXw' } });
  const user = await createUser(store, { tenantId: client.tenantId, roles: ['msp'], firstName: 'ZqFirstXw', lastName: 'ZqLastXw', email: 'zqmailxw@canary.example', scope: { clientId: client.clientId, section: 'msp' } });
  const token = await issueToken(store, user, { label: 'msp of a client', expiresAt: new Date(Date.now() + 60_000) });
  const name = { tenantId: client.tenantId, list: 'manufacturer' as const, key: 'ZqSharedXw' };
  await claimName(store, name, client.clientId);
  await settleName(store, name, '123');
  const records = (await Promise.all(allKinds.map((kind) => listRecords(store, client, kind.name, { limit: 10, after: null })))).flat();
  await planLedger(store, client, planExport(records).units);
  return [...words, 'ZqReasonXw', 'ZqPreviewXw', 'ZqBoundXw', 'ZqWordXw', 'ZqEntryXw', 'ZqFingerprintXw', 'ZqAnswerXw', 'ZqFirstXw', 'ZqLastXw', 'zqmailxw', 'ZqSharedXw', token];
}

describe('the database', () => {
  it('holds no word that a client gave in any column of any table, neither as text nor as bytes', async () => {
    const client = await newClient(test);
    const words = await plant(client);
    expect(words.length).toBeGreaterThan(80);
    const rows = (await dump(test.store)).map((row) => row.toLowerCase());
    expect(rows.length).toBeGreaterThan(40);
    const forms = words.flatMap((word) => {
      const bytes = Buffer.from(word);
      return [bytes.toString(), bytes.toString('hex'), bytes.toString('base64').slice(0, -4)].map((form) => ({ word, form: form.toLowerCase() }));
    });
    const found = forms.filter(({ form }) => rows.some((row) => row.includes(form)));
    expect(found).toEqual([]);
  });

  it('would show such a word: the search above finds one that is planted in clear', async () => {
    const client = await newClient(test);
    await test.store.db.client.update({ where: { id: client.clientId }, data: { organizationUrl: 'ZqClearXw' } });
    expect((await dump(test.store)).some((row) => row.toLowerCase().includes('zqclearxw'))).toBe(true);
    await test.store.db.client.update({ where: { id: client.clientId }, data: { organizationUrl: null } });
  });

  it('refuses content that somebody moved to another record or client by hand', async () => {
    const [a, b] = [await newClient(test), await newClient(test)];
    const own = (await getSingle(test.store, a, 'company'))!;
    const other = (await getSingle(test.store, b, 'company'))!;
    const { content } = await test.store.db.record.findUniqueOrThrow({ where: { id: own.id } });
    await test.store.db.record.update({ where: { id: other.id }, data: { content } });
    await expect(getSingle(test.store, b, 'company')).rejects.toThrow(SealBrokenError);
    expect(kindOf('company').title((await getSingle(test.store, a, 'company'))!.content as never)).toMatch(/^Client/);
  });
});
