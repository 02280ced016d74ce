import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inTransaction, KeyGoneError, queueMail } from '../../../store/index.js';
import { mailPlace } from '../../../store/mail/queue.js';
import { openTestStore, type TestStore } from '../../support/store.js';
import { dump, newClient } from '../support.js';

describe('the queue of mails', () => {
  let test: TestStore;
  let woken = 0;
  beforeAll(async () => {
    test = await openTestStore();
    test.store.onMailQueued = () => void (woken += 1);
  });
  afterAll(() => test.close());

  const mailsOf = async (key: string) => test.store.db.mail.findMany({ where: { dedupeKey: key } });

  it('keeps a mail with the change that it tells of, and wakes the sender after the commit', async () => {
    const { tenantId, userId } = await test.actor('manager');
    const before = woken;
    await inTransaction(test.store, async (context) => {
      await queueMail(context, { tenantId, to: userId, template: 'key_refused', facts: {}, dedupeKey: 'kept' });
      expect(woken).toBe(before);
    });
    expect(woken).toBe(before + 1);
    expect(await mailsOf('kept')).toMatchObject([{ state: 'queued', userId, clientId: null }]);
  });

  it('keeps nothing, and wakes nobody, when the change is rolled back', async () => {
    const { tenantId, userId } = await test.actor('manager');
    const before = woken;
    const failing = inTransaction(test.store, async (context) => {
      await queueMail(context, { tenantId, to: userId, template: 'key_refused', facts: {}, dedupeKey: 'rolled back' });
      throw new Error('the change failed');
    });
    await expect(failing).rejects.toThrow('the change failed');
    expect(await mailsOf('rolled back')).toEqual([]);
    expect(woken).toBe(before);
  });

  it('tells the same thing once within a tenant', async () => {
    for (const tenant of [0, 0, 1]) {
      const { tenantId, userId } = await test.actor('manager', tenant);
      await inTransaction(test.store, (context) => queueMail(context, { tenantId, to: userId, template: 'key_refused', facts: {}, dedupeKey: 'once' }));
    }
    expect((await mailsOf('once')).map((mail) => mail.tenantId).sort()).toEqual(test.tenants.map((tenant) => tenant.id).sort());
  });

  it('seals what a mail tells: with the key of its client, so that it ends with the client', async () => {
    const client = await newClient(test);
    const { userId } = await test.actor('manager');
    const facts = { path: '/i/secret-token-of-this-test', expiresAt: null, section: 'accounting' } as const;
    await inTransaction(test.store, (context) => queueMail(context, { ...client, to: userId, template: 'invitation', facts, dedupeKey: 'sealed' }));
    const [mail] = await mailsOf('sealed');
    expect((await dump(test.store)).filter((row) => row.includes('secret-token'))).toEqual([]);
    expect(await test.store.vault.openJson(client, mailPlace(mail!.id), mail!.content!)).toEqual(facts);
    await test.store.vault.destroyKey(client);
    await expect(test.store.vault.openJson(client, mailPlace(mail!.id), mail!.content!)).rejects.toThrow(KeyGoneError);
  });

  it('refuses facts that the template does not know', async () => {
    const { tenantId, userId } = await test.actor('manager');
    const queued = queueMail(test.store, { tenantId, to: userId, template: 'sign_in_code', facts: { code: 'no code', expiresAt: new Date().toISOString() }, dedupeKey: 'wrong' });
    await expect(queued).rejects.toThrow('code');
    expect(await mailsOf('wrong')).toEqual([]);
  });
});
