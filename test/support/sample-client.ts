/** A small client with every kind and every reference, written straight into the store. */
import { kindOf, pageByName, type Content, type KindName, type ReferenceIds } from '../../domain/kinds/index.js';
import type { Actor } from '../../domain/roles.js';
import { answerPage, createClient, createRecords, writeContent, type ClientKey, type Store, type StoredRecord } from '../../store/index.js';
import type { TestStore } from './store.js';

export interface SampleClient {
  readonly key: ClientKey;
  readonly company: string;
  /** Ids by the name that the sample gives a record, e.g. `HQ` or `FW-01`. */
  readonly ids: ReadonlyMap<string, string>;
}

let number = 0;

export interface SampleSize {
  readonly configurations?: number;
  readonly passwords?: number;
  readonly people?: number;
  /** Makes besides the two that each sample has, with a model each; devices take turns with them. */
  readonly makes?: number;
  /** Devices that have a file, spread among all, besides the first. */
  readonly devicesWithFiles?: number;
}

/**
 * Creates a client of two sites with makes, models, devices, credentials and files, in the stage in which data is entered
 * last, ready to be moved on by the caller.
 */
export async function createSampleClient(test: TestStore, size: SampleSize = {}, tenant = 0): Promise<SampleClient> {
  const { store } = test;
  const [sales, engineer, manager] = [await test.actor('sales_rep', tenant), await test.actor('onboarding_engineer', tenant), await test.actor('manager', tenant)];
  number += 1;
  const company = `Sample Dental ${number}`;
  const view = await createClient(store, sales, company, { engineerId: engineer.userId, managerId: manager.userId, salesRepId: sales.userId });
  const client = { tenantId: sales.tenantId, clientId: view.id };
  const enter = recorder(store, client, engineer);

  await enter.stage('sales');
  await enter('sales-contact', [{ firstName: 'Nora', lastName: 'Vale', email: 'nora@sample.example', workPhone: '555-0100' }]);
  await enter('accounting-contact', [{ firstName: 'Per', lastName: 'Dahl', email: 'per@sample.example' }]);

  await enter.stage('accounting');
  await enter('accountant', [{ firstName: 'Per', lastName: 'Dahl', email: 'per@sample.example' }]);
  await enter('site', [
    { name: 'HQ', address1: '1 Main St', city: 'Portland', state: 'OR', zip: '97201', country: 'United States', phone: '555-0101' },
    { name: 'Lab', address1: '2 Side St', city: 'Salem', state: 'Oregon', zip: '97301', openingHours: '8-17' },
  ]);
  const people = Array.from({ length: size.people ?? 5 }, (_, index) => ({
    firstName: `First${index}`,
    lastName: `Last${index}`,
    email: `person${index}@sample.example`,
    mobilePhone: '555-0110',
  }));
  await enter('person', people, (_content, index) => ({ site: enter.id(index % 2 === 0 ? 'HQ' : 'Lab') }));
  await enter('current-msp', [{ company: 'Old MSP', firstName: 'Olga', lastName: 'Reyes', email: 'olga@oldmsp.example' }]);

  await enter.stage('msp');
  await enter('vendor', [
    { company: 'Fiber Co', accountNumber: 'A-1', service: 'Internet' },
    { company: 'Copier Co', firstName: 'Cai', lastName: 'Ito', title: 'Account Manager', email: 'cai@copier.example' },
  ]);
  const more = Array.from({ length: size.makes ?? 0 }, (_, index) => ({ make: `Maker ${index}`, model: `Type ${index}` }));
  const makes = [{ make: 'Acme Networks', model: 'FW-100' }, { make: 'Dell', model: 'Latitude 5440' }, ...more];
  const makeOf = (device: number) => makes[device === 0 ? 0 : 1 + (device % (makes.length - 1))]!;
  await enter('make', makes.map(({ make }) => ({ name: make })));
  await enter('model', makes.map(({ model }) => ({ name: model })), (_content, index) => ({ make: enter.id(makes[index]!.make) }));
  const configurations = Array.from({ length: size.configurations ?? 6 }, (_, index) => ({
    name: `PC-${index}`,
    type: index === 0 ? 'Firewall' : 'Workstation',
    status: 'Active',
    serialNumber: `SN${index}`,
    primaryIp: `10.0.${index >> 8}.${index & 255}`,
    installedAt: '2024-03-01',
  }));
  await enter('configuration', configurations, (_content, index) => ({
    make: enter.id(makeOf(index).make),
    model: enter.id(makeOf(index).model),
    site: enter.id(index % 2 === 0 ? 'HQ' : 'Lab'),
    contact: enter.id(`First${index % people.length} Last${index % people.length}`),
  }));
  const passwords = Array.from({ length: size.passwords ?? 4 }, (_, index) => ({
    name: `Login ${index}`,
    username: `user${index}`,
    password: `=S3cret, "${index}"`,
    category: 'Network',
  }));
  await enter('password', passwords, (_content, index) => (index % 2 === 0 ? { configuration: enter.id('PC-0') } : { configuration: null }));
  const spread = configurations.length / ((size.devicesWithFiles ?? 0) + 1);
  const hosts = [enter.id('PC-0'), null, ...Array.from({ length: size.devicesWithFiles ?? 0 }, (_, index) => enter.id(`PC-${Math.floor((index + 1) * spread)}`))];
  const files = hosts.map((_host, index) => ['rack.txt', 'overview.txt'][index] ?? `label-${index}.txt`);
  await enter('attachment', files.map((fileName) => ({ fileName })), (_content, index): ReferenceIds => (hosts[index] ? { parent: hosts[index] } : {}));
  for (const name of files) {
    await writeContent(store, client, engineer, enter.id(name)!, 'text/plain', [Buffer.from(`content of ${name}\n`.repeat(50))] as unknown as AsyncIterable<Uint8Array>);
  }
  await answerPage(store, client, engineer, pageByName('msp', 'applications')!, { answer: 'none', reason: null });
  return { key: client, company, ids: enter.ids };
}

/** Puts the client into a stage without the decisions that lead there, for tests of what comes after. */
export async function putInStage(store: Store, client: ClientKey, stage: string): Promise<void> {
  await store.db.client.update({ where: { id: client.clientId }, data: { stage } });
}

function recorder(store: Store, client: ClientKey, actor: Actor) {
  const ids = new Map<string, string>();
  const enter = async (
    kind: KindName,
    items: readonly Partial<Content>[],
    references: (content: Partial<Content>, index: number) => ReferenceIds = () => ({}),
  ): Promise<StoredRecord[]> => {
    const rule = kindOf(kind);
    const parsed = items.map((item, index) => ({
      content: { ...emptyOf(kind), ...(rule.entrySchema.parse(item) as Content) },
      references: { ...noReferences(kind), ...references(item, index) },
    }));
    const records = await createRecords(store, client, actor, rule, parsed);
    for (const record of records) ids.set(rule.title(record.content as never), record.id);
    return records;
  };
  return Object.assign(enter, {
    ids,
    id: (name: string): string | null => ids.get(name) ?? null,
    stage: (stage: string) => putInStage(store, client, stage),
  });
}

function emptyOf(kind: KindName): Content {
  return Object.fromEntries(Object.keys(kindOf(kind).fields).map((name) => [name, null]));
}

function noReferences(kind: KindName): ReferenceIds {
  return Object.fromEntries(Object.keys(kindOf(kind).references).map((name) => [name, null]));
}
