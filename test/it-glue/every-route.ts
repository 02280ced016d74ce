/** Everything that the client can do, through every route that it has, as an export does it and beyond. */
import { expect } from 'vitest';
import type { AttachmentParent, ItGlueClient } from '../../it-glue/index.js';

/** A client of the API that notes which of its functions are called. */
export function watched(client: ItGlueClient): { readonly client: ItGlueClient; /** Functions not called so far, as `family.function`. */ readonly uncalled: () => string[] } {
  const called = new Set<string>();
  const names = Object.entries(client).flatMap(([family, functions]) =>
    typeof functions === 'object' && family !== 'serverClock' ? Object.keys(functions).map((name) => `${family}.${name}`) : [],
  );
  const families = Object.entries(client).map(([family, functions]) => {
    if (typeof functions !== 'object') return [family, functions];
    const watching = Object.entries(functions as unknown as Record<string, (...given: unknown[]) => unknown>).map(([name, work]) => [
      name,
      (...given: unknown[]) => {
        called.add(`${family}.${name}`);
        return work(...given);
      },
    ]);
    return [family, Object.fromEntries(watching)];
  });
  return { client: Object.fromEntries(families) as ItGlueClient, uncalled: () => names.filter((name) => !called.has(name)) };
}

export const byName = <Attributes extends { name: string | null }>(records: readonly { id: string; attributes: Attributes }[], name: string) => {
  const found = records.find((record) => record.attributes.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};

/** Lists, creates, shows and finds one of everything, and checks what comes back. */
export async function onboard(client: ItGlueClient): Promise<void> {
  const [types, statuses, countries] = await Promise.all([client.organizationTypes.list(), client.organizationStatuses.list(), client.countries.list()]);
  expect(countries.length).toBeGreaterThan(200);
  const country = countries.find((each) => each.attributes.iso === 'US');
  const region = byName(await client.regions.listByCountry(country!.id), 'California');
  expect(region.attributes.countryId).toBe(country!.id);
  expect(byName(await client.operatingSystems.list(), 'Debian 12').id).toMatch(/^\d+$/);
  expect((await client.platforms.list()).length).toBeGreaterThan(2);

  const name = 'Bergwerk, Söhne & Co. (Zürich)';
  const organization = await client.organizations.create({
    name, shortName: 'BWK', description: 'Line 1\nLine 2', quickNotes: '<p>notes</p>', alert: 'Call first',
    organizationTypeId: byName(types, 'Customer').id, organizationStatusId: byName(statuses, 'Active').id,
  });
  const candidates = await client.organizations.findByName(name);
  expect(candidates).toMatchObject([{ id: organization.id, attributes: { name, shortName: 'BWK' } }]);
  expect(Date.parse(candidates[0]!.attributes.createdAt!)).toBeGreaterThanOrEqual(client.serverClock.earliest(Date.now() - 10_000));
  expect(await client.organizations.findByName('Bergwerk')).toEqual([]);
  expect((await client.organizations.show(organization.id)).attributes).toMatchObject({ alert: 'Call first', organizationTypeName: 'Customer', quickNotes: '<p>notes</p>' });
  const org = organization.id;

  const sites = [
    { name: 'Head office', primary: true, address1: '1 Market St', address2: 'Floor 3', city: 'San Francisco', postalCode: '94105', countryId: country!.id, regionId: region.id, notes: 'Ring twice' },
    { name: 'Depot', primary: false, city: 'Oakland' },
  ];
  const locations = await client.locations.createMany(org, sites);
  const listed = await client.locations.list(org);
  expect(listed.map((each) => each.id).sort()).toEqual(locations.map((each) => each.id).sort());
  for (const site of sites) expect(byName(listed, site.name).attributes).toMatchObject({ ...site, organizationId: org });
  const depot = byName(locations, 'Depot');
  expect((await client.locations.show(org, depot.id)).attributes.city).toBe('Oakland');

  const growing = [client.configurationTypes, client.configurationStatuses, client.contactTypes, client.manufacturers, client.passwordCategories];
  for (const list of growing) {
    const { id } = await list.create('Quite new');
    expect(await list.findByName('Quite new')).toMatchObject({ id });
    expect(await list.getOrCreate('QUITE new')).toMatchObject({ id, how: 'existing' });
    expect(await list.getOrCreateMany(['quite NEW', 'Newer'])).toMatchObject([{ id, how: 'existing' }, { how: 'created' }]);
    expect((await list.list()).filter((each) => /^(Quite new|Newer)$/.test(each.attributes.name ?? ''))).toHaveLength(2);
  }

  const endUser = await client.contactTypes.getOrCreate('End User');
  const foreman = await client.contactTypes.getOrCreate('Foreman');
  expect([endUser.how, foreman.how]).toEqual(['existing', 'created']);
  const contacts = await client.contacts.createMany(org, [
    {
      firstName: 'Mia', lastName: 'Berg', title: 'CFO', important: true, contactTypeId: endUser.id, locationId: depot.id,
      contactEmails: [{ value: 'mia@example.test', labelName: 'Work', primary: true }],
      contactPhones: [{ value: '+1 415 555 0100', labelName: 'Work', labelType: 'phone', primary: true, extension: '12' }],
    },
    { firstName: 'Bob', contactTypeId: foreman.id },
  ]);
  const mia = (await client.contacts.list(org)).find((each) => each.attributes.firstName === 'Mia')!;
  expect(mia.attributes).toMatchObject({ lastName: 'Berg', title: 'CFO', important: true, locationId: depot.id, contactTypeId: endUser.id, contactEmails: [{ value: 'mia@example.test', labelName: 'Work', primary: true }] });
  expect(mia.attributes.contactPhones[0]).toMatchObject({ labelName: 'Work', extension: '12' });
  expect(contacts.map((each) => each.id)).toContain(mia.id);
  expect((await client.contacts.show(org, mia.id)).attributes.title).toBe('CFO');

  const maker = await client.manufacturers.getOrCreate('Grünwerk, Inc.');
  expect(await client.manufacturers.getOrCreate('GRÜNWERK, inc.')).toMatchObject({ id: maker.id, how: 'existing' });
  expect(await client.manufacturers.findByName('Grünwerk, Inc.')).toMatchObject({ id: maker.id });
  const models = await client.models.createMany(maker.id, ['G-100', 'G-200']);
  expect((await client.models.listByManufacturer(maker.id)).map((each) => each.attributes.name).sort()).toEqual(['G-100', 'G-200']);

  expect((await client.models.listAll()).map((each) => each.attributes.manufacturerId)).toEqual([maker.id, maker.id]);

  const server = await client.configurationTypes.getOrCreate('Managed Server');
  const active = byName(await client.configurationStatuses.list(), 'Active');
  const attributes = {
    name: 'SRV-01', configurationTypeId: server.id, configurationStatusId: active.id, locationId: depot.id, contactId: mia.id, manufacturerId: maker.id,
    modelId: byName(models, 'G-200').id, hostname: 'srv-01', primaryIp: '10.0.0.5', macAddress: 'aa:bb:cc:dd:ee:ff', serialNumber: 'S1', assetTag: 'A1',
    notes: 'a\nb', purchasedAt: '2024-01-31', warrantyExpiresAt: '2027-01-31', operatingSystemNotes: 'patched', position: 'Rack 2', installedBy: 'us', defaultGateway: '10.0.0.1',
  };
  const configurations = await client.configurations.createMany(org, [
    { ...attributes, interfaces: [{ name: 'eth1', ipAddress: '10.0.1.5', notes: 'backup' }] },
    { name: 'SRV-02', configurationTypeId: server.id },
  ]);
  const first = byName(await client.configurations.list(org), 'SRV-01');
  expect(first.attributes).toMatchObject({ ...attributes, macAddress: expect.stringMatching(/^aa:bb:cc:dd:ee:ff$/i) });
  expect(configurations).toHaveLength(2);
  expect((await client.configurations.show(org, first.id)).attributes.modelName).toBe('G-200');

  const category = await client.passwordCategories.getOrCreate('Network');
  const passwords = await client.passwords.createMany(org, [
    { name: 'Router', username: 'admin', password: 'S3cret-of-the-router', url: 'https://10.0.0.1', notes: 'n', passwordCategoryId: category.id, resourceId: first.id, resourceType: 'Configuration' },
    { name: 'Portal', password: 'S3cret-of-the-portal', otpSecret: 'JBSWY3DPEHPK3PXP' },
  ]);
  const router = byName(await client.passwords.list(org), 'Router');
  expect(router.attributes).toMatchObject({ username: 'admin', url: 'https://10.0.0.1', passwordCategoryId: category.id, resourceId: first.id, cachedResourceTypeName: 'Configuration' });
  expect(JSON.stringify([passwords, router, await client.passwords.show(org, router.id)])).not.toContain('S3cret');

  const file = { fileName: 'Übersicht "1".txt', content: Buffer.from('hello') };
  const attachment = await client.attachments.create('configurations', first.id, file);
  await client.attachments.createMany('passwords', router.id, [file, { ...file, fileName: 'b.txt' }]);
  expect(await client.attachments.list('configurations', first.id)).toMatchObject([{ id: attachment.id, attributes: { attachmentFileName: file.fileName, attachmentFileSize: 5 } }]);
  expect(await client.attachments.list('passwords', router.id)).toHaveLength(2);
  const others: readonly [AttachmentParent, string][] = [['locations', depot.id], ['contacts', mia.id]];
  for (const [parent, id] of others) {
    expect(await client.attachments.list(parent, id)).toEqual([]);
    await client.attachments.create(parent, id, { ...file, fileName: 'c.txt' });
    expect(await client.attachments.list(parent, id)).toMatchObject([{ attributes: { attachmentFileName: 'c.txt' } }]);
  }
  expect(await client.passwords.checkValue(router.id, 'S3cret-of-the-router')).toBe('same');
  expect(await client.passwords.mayReadValue(router.id)).toBe(true);

  const [relation] = await client.relatedItems.createMany('configurations', first.id, [{ destinationId: mia.id, destinationType: 'Contact', notes: 'owner' }]);
  expect(await client.relatedItems.list('configurations', first.id)).toMatchObject([{ id: relation!.id, attributes: { destinationId: mia.id, destinationType: 'Contact', notes: 'owner' } }]);
  for (const [source, id] of [['locations', depot.id], ['contacts', mia.id], ['passwords', router.id]] as const) {
    await client.relatedItems.createMany(source, id, [{ destinationId: org, destinationType: 'Organization' }]);
    expect((await client.relatedItems.list(source, id)).filter((each) => each.attributes.destinationType === 'Organization')).toHaveLength(1);
  }
}
