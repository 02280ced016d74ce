import { afterAll, beforeAll, expect, it } from 'vitest';
import { Person } from './person.js';
import { openScenery, type Scenery } from './scenery.js';

let scenery: Scenery;
beforeAll(async () => {
  scenery = await openScenery();
});
afterAll(() => scenery?.close());

const secret = 'Tr0ub4dor-canary-7731';

it('is played from the first Administrator to a client that is ready to export, by all six roles, through requests and mails alone', async () => {
  const person = (firstName: string, lastName: string, domain = 'harbor.example') => new Person(scenery, firstName, lastName, `${firstName.toLowerCase()}@${domain}`);
  const [ada, maya, sam, erik, noor] = [person('Ada', 'Moreno'), person('Maya', 'Lindqvist'), person('Sam', 'Okafor'), person('Erik', 'Tanaka'), person('Noor', 'Haddad')];
  const [ana, olga] = [person('Ana', 'Count', 'cascadia.example'), person('Olga', 'Old', 'oldmsp.example')];

  // The Administrator comes in by the operator's link, everybody else by mail.
  await ada.setUp(await scenery.foundTenant('Harbor Managed IT', ada));
  const ids = new Map<Person, string>();
  for (const [who, roles] of [[maya, ['manager']], [sam, ['sales_rep']], [erik, ['onboarding_engineer']], [noor, ['onboarding_engineer']]] as const) {
    const { id } = await ada.does('POST', '/users', { firstName: who.firstName, lastName: who.lastName, email: who.email, roles });
    ids.set(who, id as string);
    await who.setUpByMail();
  }
  await ada.does('PUT', '/settings/mail', { ...(await ada.does('GET', '/settings/mail')), reminders: { everyHours: 48, quietHours: null, weekdays: [1, 2, 3, 4, 5, 6, 7], escalateAfter: 3 } });

  // Sales.
  const { id } = await sam.does('POST', '/clients', { company: 'Cascadia Dental', engineerId: ids.get(erik), managerId: ids.get(maya) });
  const client = `/clients/${id as string}`;
  await maya.nextMail(/Cascadia/);
  await erik.nextMail(/Cascadia/);
  await sam.does('PUT', `${client}/sales-contact`, { fields: { firstName: 'Dana', lastName: 'Dent', email: 'dana@cascadia.example' } });
  expect(await sam.tries('POST', `${client}/sections/sales/submit`), 'the accounting contact is missing').toBe(422);
  const contact = await sam.does('PUT', `${client}/accounting-contact`, { fields: { firstName: 'Ana', lastName: 'Cuont', email: ana.email } });
  await sam.does('POST', `${client}/sections/sales/submit`);
  expect(await sam.tries('POST', `${client}/sections/sales/approve`), 'nobody approves what they submitted').toBe(403);

  // Sent back with a reason at the field, corrected, approved.
  await maya.nextMail(/Cascadia/);
  const nowhere = { reasons: [{ text: 'Is it Count?', recordId: contact.id, field: 'surname' }] };
  expect(await maya.faults('POST', `${client}/sections/sales/send-back`, nowhere)).toEqual([{ field: 'reasons[0].field', message: 'is no field of this record' }]);
  await maya.does('POST', `${client}/sections/sales/send-back`, { reasons: [{ text: 'Is it Count?', recordId: contact.id, field: 'lastName' }] });
  const sentBack = await sam.nextMail(/Cascadia/);
  expect(sentBack.text, 'what people typed is read after signing in').not.toContain('Is it Count?');
  expect((await sam.does('GET', `${client}/sections/sales/remarks`)).items).toMatchObject([{ recordId: contact.id, field: 'lastName', text: 'Is it Count?' }]);
  await sam.does('PATCH', `${client}/accounting-contact`, { version: contact.version, fields: { lastName: 'Count' } });
  await sam.does('POST', `${client}/sections/sales/submit`);
  await maya.nextMail(/Cascadia/);
  await maya.does('POST', `${client}/sections/sales/approve`);

  // Accounting, by the client's own person: a file, a question, an answer.
  await ana.signInByCode();
  expect(await ana.tries('GET', '/clients')).toBe(403);
  expect(await ana.tries('GET', `${client}/passwords`)).toBe(404);
  await ana.does('PUT', `${client}/accountant`, { fields: { firstName: 'Ana', lastName: 'Count', email: ana.email } });
  await ana.does('POST', `${client}/sites`, { fields: { name: 'Main', address1: '1 Harbor Way', city: 'Salem', state: 'OR', zip: '97301' } });
  const { id: questionId } = await ana.does('POST', `${client}/sections/accounting/questions`, { text: 'Do you need the part-time staff too?', page: 'personnel' });
  const asked = await erik.nextMail(/question|Cascadia/i);
  expect(asked.text).not.toContain('part-time');
  await erik.does('POST', `${client}/sections/accounting/questions/${questionId as string}/answers`, { text: 'Yes, everybody with a mailbox.' });
  await ana.nextMail(/answer|Cascadia/i);
  expect((await ana.does('GET', `${client}/sections/accounting/questions`)).items[0].messages.map((message: { text: string }) => message.text)).toEqual(['Do you need the part-time staff too?', 'Yes, everybody with a mailbox.']);
  await ana.does('POST', `${client}/personnel/batch`, { items: [{ fields: { firstName: 'Dana', lastName: 'Dent', title: 'Owner' } }, { fields: { firstName: 'Pat', lastName: 'Time' } }] });
  await ana.does('PUT', `${client}/current-msp`, { fields: { company: 'Old MSP', firstName: 'Olga', lastName: 'Old', email: olga.email } });
  await ana.does('POST', `${client}/sections/accounting/submit`);
  await erik.nextMail(/Cascadia/);
  await erik.does('POST', `${client}/sections/accounting/approve`);
  expect(await ana.tries('GET', `${client}/sites`), 'their part is done: the session ended').toBe(401);

  // The outgoing MSP begins and gets stuck.
  await olga.signInByCode();
  expect(await olga.tries('GET', `${client}/accountant`)).toBe(404);
  await olga.does('POST', `${client}/passwords`, { fields: { name: 'Firewall', username: 'admin', password: secret } });
  await olga.does('PUT', `${client}/sections/msp/stuck`, { reason: 'Our contract with them is disputed' });
  expect((await maya.nextMail(/Cascadia/)).text).not.toContain('disputed');
  // Somebody else takes over, and stands in for the outgoing MSP.
  const { version } = await maya.does('GET', client);
  await maya.does('PATCH', client, { version, engineerId: ids.get(noor) });
  await noor.nextMail(/Cascadia/);
  await erik.nextMail(/Cascadia/);
  await noor.does('DELETE', `${client}/sections/msp/stuck`);
  const imported = await noor.does('POST', `${client}/vendors/batch`, { items: [{ fields: { company: 'Bright Fiber' } }] });
  expect(imported.items).toHaveLength(1);
  for (const page of ['applications', 'configurations', 'attachments']) await noor.does('PUT', `${client}/sections/msp/pages/${page}/answer`, { answer: 'none', reason: 'They have none' });
  await noor.does('POST', `${client}/sections/msp/stand-in`, { reason: 'The outgoing MSP does not answer' });
  expect(await olga.tries('GET', `${client}/passwords`)).toBe(401);

  // Two different people sign off.
  await maya.nextMail(/sign/i);
  await noor.does('POST', `${client}/sign-off`);
  expect(await noor.tries('POST', `${client}/sign-off`)).toBe(403);
  await maya.does('POST', `${client}/sign-off`);
  expect(await maya.does('GET', client)).toMatchObject({ stage: 'ready', company: 'Cascadia Dental' });

  // Two days of silence: who has one client waiting gets a reminder, who has two gets one mail about both.
  const sid = person('Sid', 'Rowe');
  const { id: sidId } = await ada.does('POST', '/users', { firstName: sid.firstName, lastName: sid.lastName, email: sid.email, roles: ['sales_rep'] });
  await sid.setUpByMail();
  for (const [company, who, salesRepId] of [['Lone Pine Vets', sam, ids.get(sam)], ['Bay Bakery', sid, sidId], ['Quarry Law', sid, sidId]] as const) {
    await who.does('POST', '/clients', { company, engineerId: ids.get(erik), managerId: ids.get(maya), salesRepId });
  }
  const reminders = (who: Person) => who.mails().map((mail) => mail.subject).filter((subject) => /^Reminder|wait for you$/.test(subject));
  await scenery.letPass(47);
  expect([reminders(sam), reminders(sid)]).toEqual([[], []]);
  await scenery.letPass(2);
  await sam.nextMail(/^Reminder.*Lone Pine Vets/);
  await sid.nextMail(/^2 onboardings wait for you$/);
  expect([reminders(sam), reminders(sid)].map((all) => all.length)).toEqual([1, 1]);

  // What a Sales Rep may not see, and what nobody may find in a mail or a log.
  expect(await sam.tries('GET', `${client}/passwords`)).toBe(403);
  expect(scenery.mailbox.mails().map((mail) => mail.text + mail.subject).join('\n')).not.toContain(secret);
  expect(scenery.log.join('\n')).not.toContain(secret);
  const told = (await maya.does('GET', `${client}/activity?limit=200`)).items as { words: string }[];
  expect(told.map(({ words }) => words).join('\n')).toMatch(/sent the sales section back[^]*created the client/);
}, 300_000);
