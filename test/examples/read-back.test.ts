import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fetch } from 'undici';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compareWithItGlue, organizationIds, readSample, type Sample } from '../../examples/compare.js';
import { startItGlueSandbox, type Sandbox } from '../../sandbox/it-glue/index.js';

const chosen = { company: 'Fern & Oak, Inc.', organizationType: 'Customer', organizationStatus: 'Active' };

const files: Readonly<Record<string, readonly [records: string, text: string]>> = {
  'sites.csv': ['sites', 'Site Name,Address Line 1,City,State,Zip,Country,Phone,Primary,Business Hours,Site Notes\nMill,1 Mill Rd,Salem,OR,97301,USA,(503) 555-0101,Yes,9-5,Ring twice\nLab,Am Markt 2,Görlitz,Saxony,02826,Germany,,No,,\n'],
  'people.csv': ['personnel', 'FirstName,LastName,Title,UserPrincipalName,Office,Phone\nAda,Fern,Owner,ada@fern.example,Mill,503-555-0102\n'],
  'vendors.csv': ['vendors', 'Vendor Name,Service,Account Number,Contact First Name,Contact Last Name,Contact Title,Email\nFiberlink,Internet,F-1,Dan,Day,Rep,dan@fiberlink.example\n'],
  'devices.csv': ['configurations', 'Device Name,Device Type,Site Name,Manufacturer,Device Model,Assigned To,Operating System,MAC Address,Warranty Expiration Date\nFW01,Firewall,mill,Fortinet,FG-60F,Ada Fern,Firmware 9,00-1a-2b-3c-4d-5e,3/31/2027\n'],
  'passwords.csv': ['passwords', 'Name,Username,Password,OTP,Category,Resource\nFirewall,admin," =a,""b ",GEZDGNBV,Network,FW01\n'],
  'attachments.csv': ['attachments', 'File,Attached to\nbackup.conf,FW01\nplan.txt,\n'],
};

let folder: string;
let sample: Sample;
let sandbox: Sandbox;
let ids: Record<string, string>;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'small-sample-'));
  await mkdir(path.join(folder, 'attachments'));
  for (const [name, [, text]] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  await writeFile(path.join(folder, 'attachments/backup.conf'), 'set port 1');
  await writeFile(path.join(folder, 'attachments/plan.txt'), 'the plan');
  const contact = { firstName: 'Ada', lastName: 'Fern', email: 'ADA@fern.example', workPhone: null, workExt: null };
  const forms = { company: { company: 'x', notes: 'a < b\n"c"' }, 'sales-contact': contact, 'accounting-contact': contact, accountant: { ...contact, mobilePhone: null, notes: null }, 'current-msp': contact };
  const list = Object.entries(files).map(([file, [records]]) => ({ file, records, source: 'test' }));
  await writeFile(path.join(folder, 'client.json'), JSON.stringify({ forms, files: list, attachments: 'attachments' }));
  sample = await readSample(folder);
  sandbox = await startItGlueSandbox();
  ids = await writeClient();
});

afterEach(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
});

async function call(method: string, at: string, body?: unknown): Promise<{ data: { id: string; attributes: Record<string, unknown> } & { id: string; attributes: Record<string, unknown> }[] }> {
  const answer = await fetch(`${sandbox.url}${at}`, {
    method,
    headers: { 'x-api-key': sandbox.apiKey, 'content-type': 'application/vnd.api+json' },
    body: body === undefined ? null : JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${at}: ${answer.status} ${await answer.text()}`);
  return (answer.status === 204 ? {} : await answer.json()) as never;
}

const post = async (at: string, type: string, attributes: object) => (await call('POST', at, { data: { type, attributes } })).data.id;
const listed = async (at: string, name: string) => (await call('GET', `${at}?page[size]=1000`)).data.find((one) => one.attributes['name'] === name)?.id ?? (await post(at, at.slice(1).replace('_', '-'), { name }));

/** What a right export of the small sample leaves in IT Glue. */
async function writeClient(): Promise<Record<string, string>> {
  const organization = await post('/organizations', 'organizations', {
    name: chosen.company, 'quick-notes': 'a &lt; b<br>&quot;c&quot;',
    'organization-type-id': await listed('/organization_types', 'Customer'), 'organization-status-id': await listed('/organization_statuses', 'Active'),
  });
  const inside = (resource: string) => `/organizations/${organization}/relationships/${resource}`;
  const country = async (name: string) => (await call('GET', `/countries?filter[name]=${encodeURIComponent(name)}`)).data[0]!.id;
  const america = await country('United States');
  const oregon = (await call('GET', `/regions?filter[country_id]=${america}&filter[name]=Oregon`)).data[0]!.id;
  const mill = await post(inside('locations'), 'locations', { name: 'Mill', primary: true, 'address-1': '1 Mill Rd', city: 'Salem', 'postal-code': '97301', 'country-id': america, 'region-id': oregon, phone: '(503) 555-0101', notes: 'Ring twice\nOpening hours: 9-5' });
  const lab = await post(inside('locations'), 'locations', { name: 'Lab', 'address-1': 'Am Markt 2', city: 'Görlitz', 'postal-code': '02826', 'country-id': await country('Germany'), notes: 'State: Saxony' });
  const ada = await post(inside('contacts'), 'contacts', {
    'first-name': 'Ada', 'last-name': 'Fern', title: 'Owner', 'location-id': mill, 'contact-type-id': await listed('/contact_types', 'Employee'), important: false,
    'contact-emails': [{ value: 'ada@fern.example', 'label-name': 'Work', primary: true }], 'contact-phones': [{ value: '503-555-0102', 'label-name': 'Work', primary: true }],
  });
  const dan = await post(inside('contacts'), 'contacts', {
    'first-name': 'Dan', 'last-name': 'Day', title: 'Rep, Fiberlink', 'contact-type-id': await listed('/contact_types', 'Vendor'), notes: 'Service: Internet\nAccount number: F-1',
    'contact-emails': [{ value: 'dan@fiberlink.example', 'label-name': 'Work', primary: true }],
  });
  const maker = await post('/manufacturers', 'manufacturers', { name: 'FORTINET' });
  const model = await post(`/manufacturers/${maker}/relationships/models`, 'models', { name: 'FG-60F' });
  const firewall = await post(inside('configurations'), 'configurations', {
    name: 'FW01', 'configuration-type-id': await listed('/configuration_types', 'Firewall'), 'manufacturer-id': maker, 'model-id': model, 'location-id': mill, 'contact-id': ada,
    'operating-system-notes': 'Operating system: Firmware 9', 'mac-address': '00:1A:2B:3C:4D:5E', 'warranty-expires-at': '2027-03-31',
  });
  const password = await post(inside('passwords'), 'passwords', {
    name: 'Firewall', username: 'admin', password: ' =a,"b ', 'otp-secret': 'GEZDGNBV', 'password-category-id': await listed('/password_categories', 'Network'), 'resource-id': firewall, 'resource-type': 'Configuration',
  });
  const attach = (at: string, name: string, text: string) => post(`/${at}/relationships/attachments`, 'attachments', { attachment: { content: Buffer.from(text).toString('base64'), file_name: name } });
  await attach(`configurations/${firewall}`, 'backup.conf', 'set port 1');
  await attach(`locations/${mill}`, 'plan.txt', 'the plan');
  return { organization, mill, lab, ada, dan, firewall, password, maker };
}

const address = () => ({ url: sandbox.url, apiKey: sandbox.apiKey });
const differences = async () => (await compareWithItGlue(sample, address(), chosen, [])).mismatches.map((one) => one.message);

describe('reading a client back from IT Glue', () => {
  test('finds no difference after a right export, and counts each kind', async () => {
    const { expected, found, mismatches } = await compareWithItGlue(sample, address(), chosen, []);
    expect(mismatches).toEqual([]);
    expect(expected).toEqual({ organization: 1, location: 2, contact: 2, manufacturer: 1, model: 1, configuration: 1, password: 1, attachment: 2 });
    expect(found).toEqual(expected);
  });

  test('finds no difference either where ids are longer than a number holds', async () => {
    await sandbox.close();
    sandbox = await startItGlueSandbox({ switches: { idMode: 'large17' } });
    ids = await writeClient();
    expect(await differences()).toEqual([]);
  });

  test('does not count an organization that bore the name before the export', async () => {
    const older = await post('/organizations', 'organizations', { name: chosen.company });
    expect(await organizationIds(address(), chosen.company)).toContain(older);
    expect((await compareWithItGlue(sample, address(), chosen, [older])).mismatches).toEqual([]);
  });

  test('reports a second organization of the name', async () => {
    await post('/organizations', 'organizations', { name: chosen.company });
    expect(await differences()).toContain('organization "Fern & Oak, Inc." is there more often than it should be');
  });

  test('reports a wrong model of the right name: one that belongs to another manufacturer', async () => {
    const other = await post('/manufacturers', 'manufacturers', { name: 'Other' });
    const model = await post(`/manufacturers/${other}/relationships/models`, 'models', { name: 'FG-60F' });
    await call('PATCH', `/configurations/${ids['firewall']}`, { data: { type: 'configurations', attributes: { 'model-id': model } } });
    expect(await differences()).toEqual([expect.stringMatching(/^configuration "FW01": model should be "fortinet \/ fg-60f"/)]);
  });

  test('reports a contact at the wrong location and a password outside its configuration', async () => {
    await call('PATCH', `/contacts/${ids['ada']}`, { data: { type: 'contacts', attributes: { 'location-id': ids['lab'] } } });
    await call('DELETE', `/passwords/${ids['password']}`);
    await post(`/organizations/${ids['organization']}/relationships/passwords`, 'passwords', { name: 'Firewall', username: 'admin', password: '=a,"b', 'otp-secret': 'GEZDGNBV', 'password-category-id': await listed('/password_categories', 'Network') });
    expect(await differences()).toEqual([
      'contact "Ada Fern": location should be "Mill" but is "Lab"',
      'password "Firewall": password differs (values are not shown)',
      'password "Firewall": embedded in should be "Configuration FW01" but is empty',
    ]);
  });

  test('reports a file whose bytes differ and one that lies at the wrong record', async () => {
    await writeFile(path.join(folder, 'attachments/backup.conf'), 'set port 2');
    await writeFile(path.join(folder, 'attachments.csv'), 'File,Attached to\nbackup.conf,FW01\nplan.txt,Ada Fern\n');
    sample = await readSample(folder);
    expect(await differences()).toEqual([
      expect.stringMatching(/^attachment "backup\.conf": SHA-256 should be/),
      'attachment "plan.txt": parent should be "contact Ada Fern" but is "location Mill"',
    ]);
  });
});
