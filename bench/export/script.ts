/** What a plain script does: the lists once, then one record after the other, each in a request of its own. */
import { attributesOf, planExport, resolvePlace, type Region, type Resolver, type Resource, type SourceRecord } from '../../domain/it-glue/index.js';
import { pickByName, type ItGlueClient, type ItGlueRecord } from '../../it-glue/index.js';
import type { ClientData } from './client-data.js';

/**
 * Creates the client in the account, by the product's own mapping and client of the API.
 * @param share one of so many records of each kind is sent
 */
export async function runScript(api: ItGlueClient, { records }: ClientData, share: number): Promise<void> {
  const ids = new Map<string, string>();
  // With a share, records that were left out are stood for by the last one of their kind.
  const idOf = (resource: Resource, recordId: string) => ids.get(`${resource}/${recordId}`) ?? ids.get(resource) ?? null;
  const resolve = await openResolver(api, records, idOf);
  const known = new Map<Resource, Finder>([['manufacturer', await finderOf(api.manufacturers.list())], ['model', await finderOf(api.models.listAll())]]);
  const byId = new Map(records.map((record) => [record.id, record]));
  const seen = new Map<Resource, number>();
  for (const unit of planExport(records).units) {
    const { resource, recordId, parent } = unit;
    const number = seen.get(resource) ?? 0;
    seen.set(resource, number + 1);
    if (number % share !== 0) continue;
    const record = byId.get(recordId)!;
    const attributes = attributesOf(unit, record, resolve);
    const target = { organizationId: idOf('organization', '') ?? '', parentId: parent ? idOf(parent.resource, parent.recordId)! : '', size: Number(record.content['size'] ?? 0) };
    const id = known.get(resource)?.(String(attributes['name'])) ?? (await create(api, resource, attributes, target));
    ids.set(`${resource}/${recordId}`, id).set(resource, id);
  }
}

async function create(api: ItGlueClient, resource: Resource, attributes: object, { organizationId, parentId, size }: { organizationId: string; parentId: string; size: number }): Promise<string> {
  const one = async (created: Promise<readonly ItGlueRecord<object>[]>) => (await created)[0]!.id;
  const { name, fileName } = attributes as { name: string; fileName: string };
  switch (resource) {
    case 'organization':
      return (await api.organizations.create({ name })).id;
    case 'location':
      return one(api.locations.createMany(organizationId, [attributes as never]));
    case 'contact':
      return one(api.contacts.createMany(organizationId, [attributes as never]));
    case 'manufacturer':
      return (await api.manufacturers.create(name)).id;
    case 'model':
      return one(api.models.createMany(parentId, [name]));
    case 'configuration':
      return one(api.configurations.createMany(organizationId, [attributes as never]));
    case 'password':
      return one(api.passwords.createMany(organizationId, [attributes as never]));
    case 'attachment':
      return (await api.attachments.create('configurations', parentId, { fileName, content: Buffer.alloc(size, 'made-up content ') })).id;
  }
}

type Finder = (name: string) => string | null;

async function finderOf(listing: Promise<ItGlueRecord<{ name: string | null }>[]>): Promise<Finder> {
  const entries = await listing;
  return (name) => pickByName(entries, name)?.id ?? null;
}

async function openResolver(api: ItGlueClient, records: readonly SourceRecord[], idOf: Resolver['idOf']): Promise<Resolver> {
  const countries = (await api.countries.list()).map(({ id, attributes }) => ({ id, name: attributes.name ?? '', iso: attributes.iso }));
  const regions: Region[] = [];
  for (const country of new Set(records.filter(({ kind }) => kind === 'site').map(({ content }) => content['country'] as string))) {
    const countryId = resolvePlace({ country, state: null, zip: null }, countries, []).countryId!;
    const listed = await api.regions.listByCountry(countryId);
    regions.push(...listed.map(({ id, attributes }) => ({ id, name: attributes.name ?? '', iso: attributes.iso, countryId })));
  }
  const types = await finderOf(api.configurationTypes.list());
  return {
    idOf,
    organizationTypeId: null,
    organizationStatusId: null,
    configurationTypeId: (name) => types(name) ?? types('Other')!,
    configurationStatusId: await finderOf(api.configurationStatuses.list()),
    contactTypeId: await finderOf(api.contactTypes.list()),
    passwordCategoryId: await finderOf(api.passwordCategories.list()),
    operatingSystemId: await finderOf(api.operatingSystems.list()),
    place: (site) => resolvePlace(site, countries, regions),
  };
}
