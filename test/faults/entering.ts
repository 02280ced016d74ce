/** The clients of a round, written straight into the store: how data is entered is proven elsewhere. */
import { kindOf, type Content, type KindName, type ReferenceIds } from '../../domain/kinds/index.js';
import type { Actor, InternalRole } from '../../domain/roles.js';
import { createClient, createRecords, writeContent, type ClientKey, type Store, type StoredRecord } from '../../store/index.js';
import { longestName, type RoundPlan, type RunPlan } from './plan.js';

type Refusal = RunPlan['client']['refused'][number];

export interface Entered {
  readonly plan: RunPlan;
  readonly key: ClientKey;
  readonly company: string;
  /** Records that IT Glue will refuse, by id. */
  readonly refused: ReadonlyMap<string, Refusal>;
  readonly records: number;
}

export interface Entry {
  readonly store: Store;
  readonly actor: (role: InternalRole) => Promise<Actor>;
  /** A text that is in names of people, secrets, mail addresses, notes and files: found in a log, it has leaked. */
  readonly marker: string;
}

export async function enterClient({ store, actor, marker }: Entry, { shared }: RoundPlan, plan: RunPlan): Promise<Entered> {
  const [sales, engineer, manager] = [await actor('sales_rep'), await actor('onboarding_engineer'), await actor('manager')];
  const size = plan.client;
  // Without the marker: the record of export keeps the company's name in clear, on purpose.
  const company = `Client ${plan.seed}`;
  const view = await createClient(store, sales, company, { engineerId: engineer.userId, managerId: manager.userId, salesRepId: sales.userId });
  const client = { tenantId: sales.tenantId, clientId: view.id };
  const enter = async (kind: KindName, items: readonly Partial<Content>[], references: (index: number) => ReferenceIds = () => ({})) => {
    if (items.length === 0) return [];
    return createRecords(store, client, engineer, kindOf(kind), items.map((item, index) => wholeRecord(kind, item, references(index))));
  };
  const of = (list: readonly StoredRecord[], index: number) => list[index % list.length]?.id ?? null;
  const some = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index));
  const mail = (name: string) => `${name}.${marker}@client${plan.seed}.example`;
  // A third of the clients type what all need in another case: it stays one.
  const named = (kind: Refusal['kind'], count: number, index: number, name: string) =>
    size.refused.some((refusal, at) => refusal.kind === kind && at % count === index) ? `${name} ${'long '.repeat(longestName / 5)}end` : name;
  const typed = (name: string) => (plan.seed % 3 === 0 ? name.toUpperCase() : name);

  await putInStage(store, client, 'sales');
  await enter('sales-contact', [{ firstName: `Nora ${marker}`, lastName: 'Vale', email: mail('nora'), workPhone: '555-0100' }]);
  await enter('accounting-contact', [{ firstName: `Per ${marker}`, lastName: 'Dahl', email: mail('per') }]);
  await putInStage(store, client, 'accounting');
  await enter('accountant', [{ firstName: `Per ${marker}`, lastName: 'Dahl', email: mail('per') }]);
  const sites = await enter('site', some(size.sites, (index) => ({
    name: named('site', size.sites, index, `Site ${index}`), address1: `${index} ${marker} Street`, city: 'Portland', state: 'OR', zip: '97201', country: index % 3 === 0 ? null : 'United States', phone: '555-0101', notes: `Key under ${marker}`,
  })));
  // Every ninth person bears the name of the one before: equal to look at but for the notes.
  const people = await enter('person', some(size.people, (index) => ({
    firstName: `First${index - (index % 9 === 8 ? 1 : 0)}`, lastName: `Last ${marker}`, email: mail(`p${index - (index % 9 === 8 ? 1 : 0)}`), mobilePhone: '555-0110', notes: `person ${index}`, ...(index % 5 === 0 ? { contactType: shared.contactType } : {}),
  })), (index) => ({ site: of(sites, index - (index % 9 === 8 ? 1 : 0)) }));
  await enter('current-msp', [{ company: `Old ${marker} MSP`, firstName: 'Olga', lastName: 'Reyes', email: mail('olga') }]);

  await putInStage(store, client, 'msp');
  await enter('vendor', some(size.vendors, (index) => ({ company: `Vendor ${index} ${marker}`, accountNumber: `A-${marker}`, service: 'Internet', email: mail(`v${index}`) })));
  const makes = await enter('make', [...shared.makes.map(typed), ...some(size.makes, (index) => `${marker} make ${plan.seed} ${index}`)].map((name) => ({ name })));
  const models = await enter('model', makes.flatMap((make) => [1, 2].map((number) => ({ name: `${String(make.content['name'])} ${number}` }))), (index) => ({ make: of(makes, Math.floor(index / 2)) }));
  // Every seventh device looks like the one before.
  const configurations = await enter('configuration', some(size.configurations, (index) => ({
    name: named('configuration', size.configurations, index, `PC-${index - (index % 7 === 6 ? 1 : 0)}`), type: index % 4 === 0 ? shared.type : 'Workstation', status: 'Active', primaryIp: `10.0.${(index >> 8) & 255}.${index & 255}`, installedAt: '2024-03-01', notes: `device ${index} ${marker}`,
  })), (index) => ({ make: of(makes, Math.floor((index % models.length) / 2)), model: of(models, index), site: of(sites, index - (index % 7 === 6 ? 1 : 0)), contact: of(people, index) }));
  const passwords = await enter('password', some(size.passwords, (index) => ({
    name: named('password', size.passwords, index, `Login ${index - (index % 6 === 5 ? 1 : 0)}`), username: `user.${marker}`, password: `=S3cret, "${index}" ${marker}`, category: index % 2 === 0 ? shared.category : null, notes: `login ${index} ${marker}`,
  })), (index) => ({ configuration: index % 3 === 0 ? of(configurations, index) : null }));
  const hosts = [sites[0]!, people[0]!, configurations[0]!, passwords[0]!, null];
  const spread = (index: number) => of(configurations, Math.floor(((index + 1) * size.configurations) / (size.devicesWithFiles + 1)));
  const hostOf = (index: number) => (index < size.attachments ? (hosts[index % hosts.length]?.id ?? null) : spread(index - size.attachments));
  const files = await enter('attachment', some(size.attachments + size.devicesWithFiles, (index) => ({ fileName: `file ${index % 3} ${marker}.txt` })), (index) => ({ parent: hostOf(index) }));
  for (const [index, file] of files.entries()) {
    await writeContent(store, client, engineer, file.id, 'text/plain', chunksOf(`content ${index} of ${marker}\n`.repeat(1 + (index % 4) * 500)));
  }
  const lists = { site: sites, configuration: configurations, password: passwords };
  const refused = new Map(size.refused.map((refusal, index) => [lists[refusal.kind][index % lists[refusal.kind].length]!.id, refusal] as const));
  await store.db.signOff.createMany({ data: [{ role: 'engineer', userId: engineer.userId }, { role: 'manager', userId: manager.userId }].map((row) => ({ ...client, ...row })) });
  await putInStage(store, client, 'ready');
  return { plan, key: client, company, refused, records: await store.db.record.count({ where: client }) };
}

function putInStage(store: Store, client: ClientKey, stage: string): Promise<unknown> {
  return store.db.client.update({ where: { id: client.clientId }, data: { stage } });
}

function wholeRecord(kind: KindName, item: Partial<Content>, references: ReferenceIds) {
  const rule = kindOf(kind);
  const empty = <T>(of: Readonly<Record<string, T>>) => Object.fromEntries(Object.keys(of).map((name) => [name, null]));
  return { content: { ...empty(rule.fields), ...(rule.entrySchema.parse(item) as Content) }, references: { ...empty(rule.references), ...references } };
}

async function* chunksOf(text: string): AsyncIterable<Uint8Array> {
  yield Buffer.from(text);
}
