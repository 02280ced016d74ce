/** From a new client to the sign-offs: every field of every kind is filled by who would fill it, and everything is said that people can say. */
import ExcelJS from 'exceljs';
import { allKinds, kindOf, kinds, type AnyKind, type Content } from '../../domain/kinds/index.js';
import type { Session } from '../../examples/demo/api.js';
import type { SavedRecord } from '../../examples/demo/answers.js';
import { newestMail } from '../../examples/demo/mailbox.js';
import { as, idOf, says, sendBroken, signIn, type World } from './people.js';

export interface Collected {
  readonly clientId: string;
  /** As it was typed. */
  readonly company: string;
  readonly passwordId: string;
  /** IT Glue refuses them, because of their length: one is left out later, the other corrected. */
  readonly refused: { readonly skip: string; readonly correct: string };
}

/** What the stand-in takes at the most for a name, in this run: longer than any canary, shorter than the product allows. */
export const longestName = 80;

export async function collect(world: World): Promise<Collected> {
  const { canaries, stack } = world;
  const [sales, manager, engineer] = [as(world, 'sales_rep'), as(world, 'manager'), as(world, 'onboarding_engineer')];
  const mailsBefore = await newestMail(stack.info.urls.mail!);
  const content = Object.fromEntries(allKinds.map((kind) => [kind.name, canaries.content(kind)])) as Record<string, Record<string, string>>;
  const company = content['company']!['company']!;

  world.report('sales: forms, requests that are refused, a send-back');
  const people = { managerId: await idOf(world, 'manager'), engineerId: await idOf(world, 'onboarding_engineer') };
  const { id } = await sales.post<{ id: string }>('/clients', { company, ...people });
  const client = `/clients/${id}`;
  await form(sales, client, kinds.company, content['company']!);
  await form(sales, client, kinds['sales-contact'], content['sales-contact']!);
  await form(sales, client, kinds['accounting-contact'], content['accounting-contact']!);
  await refusedRequests(world, client, company);
  await sales.post(`${client}/sections/sales/submit`);
  await manager.post(`${client}/sections/sales/send-back`, { reasons: [{ text: says(world, 'remark.text'), page: 'sales-contact' }] });
  await sales.post(`${client}/sections/sales/submit`);
  await manager.post(`${client}/sections/sales/approve`);

  world.report('accounting: an outside person, imports of CSV, Excel and a pasted table, a question');
  const accountant = await signIn(world, 'accounting', content['accounting-contact']!['email']!, mailsBefore);
  await form(accountant, client, kinds.accountant, content['accountant']!);
  await form(accountant, client, kinds['current-msp'], content['current-msp']!);
  const imports = `${client}/sections/accounting/imports`;
  await importFile(accountant, imports, 'sites', 'text/csv', csv(kindOf('site'), [content['site']!, { name: says(world, 'import bad row').slice(0, 40), phone: canaries.make('import bad cell').value }]));
  await importFile(accountant, imports, 'personnel', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', await workbook(kindOf('person'), [content['person']!]));
  // One that nobody carries out: its file and its rows wait when everything else goes.
  const waiting = csv(kindOf('site'), [{ name: says(world, 'waiting import cell').slice(0, 40) }]);
  await accountant.send('POST', imports, { query: { records: 'sites' }, bytes: { contentType: 'text/csv', open: () => waiting } });
  const pasted = canaries.make('pasted table').value;
  await accountant.post(`${imports}/pasted`, { records: 'personnel', text: `First name\tLast name\n${pasted}\tDoe\n`, carryOut: 'good' });
  const { id: question } = await accountant.post<{ id: string }>(`${client}/sections/accounting/questions`, { text: says(world, 'question.text'), page: 'personnel' });
  await engineer.post(`${client}/sections/accounting/questions/${question}/answers`, { text: says(world, 'answer.text') });
  const invited = canaries.make('invited person.email', 'word', (core) => `${core}@canary.example`).value;
  await engineer.post(`${client}/people`, { section: 'accounting', firstName: canaries.make('invited person.firstName').value, lastName: canaries.make('invited person.lastName').value, email: invited });
  await accountant.post(`${client}/sections/accounting/submit`);
  await engineer.post(`${client}/sections/accounting/approve`);

  world.report('MSP: devices, passwords, files; a page that the engineer answers for');
  const msp = await signIn(world, 'msp', content['current-msp']!['email']!, mailsBefore);
  const [site] = await listed(msp, engineer, client, 'sites');
  const [person] = await listed(msp, engineer, client, 'personnel');
  await record(msp, client, kinds.vendor, content['vendor']!, { site: site!.id });
  const make = await record(msp, client, kinds.make, content['make']!);
  const model = await record(msp, client, kinds.model, content['model']!, { make: make.id });
  const device = await record(msp, client, kinds.configuration, content['configuration']!, { make: make.id, model: model.id, site: site!.id, contact: person!.id });
  const tooLong = (field: string) => canaries.make(field, 'word', (core) => `${core} ${'long '.repeat(20)}`.trim()).value;
  const skip = await record(msp, client, kinds.configuration, { name: tooLong('refused configuration.name'), type: 'Server', notes: canaries.make('refused configuration.notes').value });
  const correct = await record(msp, client, kinds.password, { name: tooLong('refused password.name'), username: 'root', password: canaries.make('refused password.password').value }, { configuration: device.id });
  await record(msp, client, kinds.application, content['application']!, { site: site!.id });
  const password = await record(msp, client, kinds.password, content['password']!, { configuration: device.id });
  await msp.post(`${client}/passwords/${password.id}/reveal`, { field: 'password' });
  const attachment = await record(msp, client, kinds.attachment, content['attachment']!, { parent: device.id });
  await msp.send('PUT', `${client}/attachments/${attachment.id}/content`, { bytes: { contentType: 'text/plain', open: () => fileBytes(world) } });
  await msp.send('POST', `${client}/personnel`, { json: { fields: { firstName: 'Nobody' } } }).catch(() => undefined);
  await record(msp, client, kinds.vendor, { company: canaries.make('answered vendor.company').value }, {}, { email: { answer: 'not_known', reason: says(world, 'field answer.reason') } });
  await msp.put(`${client}/sections/msp/stuck`, { reason: says(world, 'stuck.reason') });
  await manager.send('DELETE', `${client}/sections/msp/stuck`, {});
  await engineer.post(`${client}/sections/msp/pages/applications/stand-in`, { reason: says(world, 'page stand-in.reason') });
  await msp.post(`${client}/sections/msp/submit`);
  await engineer.post(`${client}/sections/msp/send-back`, { reasons: [{ text: says(world, 'send-back.field reason'), recordId: device.id, field: 'notes' }] });
  await msp.post(`${client}/sections/msp/submit`);
  await engineer.post(`${client}/sections/msp/approve`);
  for (const who of [engineer, manager]) await who.post(`${client}/sign-off`);
  return { clientId: id, company, passwordId: password.id, refused: { skip: skip.id, correct: correct.id } };
}

/** Larger than a chunk, with the canary at its beginning, across the border of two chunks, and at its end. */
function fileBytes({ canaries }: World): Buffer {
  const word = canaries.all.find(({ field }) => field === 'attachment bytes')?.core ?? canaries.make('attachment bytes').core;
  const bytes = Buffer.alloc(600 * 1024, 'filler ');
  for (const at of [0, 256 * 1024 - 5, bytes.length - word.length]) bytes.write(word, at);
  return bytes;
}

async function form(session: Session, client: string, kind: { readonly path: string }, fields: Readonly<Record<string, unknown>>): Promise<void> {
  const at = `${client}/${kind.path}`;
  const before = await session.get<SavedRecord>(at).catch(() => null);
  await session.put(at, { ...(before ? { version: before.version } : {}), fields });
}

function record(session: Session, client: string, kind: { readonly path: string }, fields: Readonly<Record<string, unknown>>, references: Readonly<Record<string, string>> = {}, answers = {}): Promise<SavedRecord> {
  return session.post<SavedRecord>(`${client}/${kind.path}`, { fields, references, answers });
}

/** The outgoing MSP sees what it may link to; where it does not, the engineer does. */
async function listed(first: Session, second: Session, client: string, path: string): Promise<readonly SavedRecord[]> {
  const list = (session: Session) => session.get<{ items: readonly SavedRecord[] }>(`${client}/${path}`);
  return (await list(first).catch(() => list(second))).items;
}

async function importFile(session: Session, imports: string, records: string, contentType: string, bytes: Buffer): Promise<void> {
  const { id } = await session.send<{ id: string }>('POST', imports, { query: { records }, bytes: { contentType, open: () => bytes } });
  await session.post(`${imports}/${id}/carry-out`, { rows: 'good' });
}

const table = (kind: AnyKind, rows: readonly Partial<Content>[]) => {
  const fields = Object.entries(kind.fields).filter(([, field]) => !field.derived);
  return [fields.map(([, field]) => field.label), ...rows.map((row) => fields.map(([name]) => row[name] ?? ''))];
};

function csv(kind: AnyKind, rows: readonly Partial<Content>[]): Buffer {
  return Buffer.from(table(kind, rows).map((row) => row.map((cell) => `"${String(cell).replaceAll('"', '""')}"`).join(',')).join('\r\n'));
}

async function workbook(kind: AnyKind, rows: readonly Partial<Content>[]): Promise<Buffer> {
  const book = new ExcelJS.Workbook();
  book.addWorksheet(kind.plural).addRows(table(kind, rows).map((row) => [...row]));
  return Buffer.from(await book.xlsx.writeBuffer());
}

/** Requests that are refused, each for another reason, all with something of the client in them. */
async function refusedRequests(world: World, client: string, company: string): Promise<void> {
  const word = (what: string) => world.canaries.make(`refused request: ${what}`).value;
  const send = (method: string, path: string, body: string | Buffer, headers?: Record<string, string>) => sendBroken(world, 'sales_rep', method, `/v1${path}`, body, headers);
  await send('POST', '/clients', `{"company": "${word('broken JSON')}"`);
  await send('PUT', `${client}/sales-contact`, JSON.stringify({ fields: { firstName: { [word('wrong type')]: 1 } } }));
  await send('PUT', `${client}/sales-contact`, JSON.stringify({ fields: { [word('unknown field')]: word('unknown field value') } }));
  await send('PUT', `${client}/sales-contact`, JSON.stringify({ fields: { email: `${word('no mail address')} at nowhere`, workPhone: word('no phone number') } }));
  await send('POST', '/clients', JSON.stringify({ company: word('too long').padEnd(400, 'x') }));
  await send('GET', `/clients/${word('id')}/sites?cursor=${word('cursor')}`, '');
  await send('GET', `/clients?search=${encodeURIComponent(company)}`, '');
  await send('POST', `/${word('unknown address')}`, '{}');
  await send('POST', '/clients', word('wrong content type'), { 'content-type': `text/${word('content type')}` });
  await send('POST', '/clients', Buffer.alloc(2 * 1024 * 1024, word('too large')));
  await send('POST', '/clients', JSON.stringify({ company }), { 'x-request-id': `${word('request id')} x`, 'if-match': word('if-match') });
  // Carried out, and noted: but not what a proxy says that is no address.
  await sendBroken(world, 'administrator', 'GET', '/v1/audit/download', '', { 'x-forwarded-for': word('forwarded for') });
}
