import { resolvePlace, type Country, type Place, type Region } from '../../domain/it-glue/index.js';
import { pickByName, type ItGlueClient, type ItGlueRecord } from '../../it-glue/index.js';

/** An entry of one of the account's lists. */
export interface ListEntry {
  readonly id: string;
  readonly name: string;
}

/** The account's lists that a mapping needs, read once for an export or a preview. */
export interface Lookups {
  readonly configurationTypes: readonly ListEntry[];
  readonly configurationStatuses: readonly ListEntry[];
  readonly contactTypes: readonly ListEntry[];
  readonly passwordCategories: readonly ListEntry[];
  readonly operatingSystems: readonly ListEntry[];
  readonly countries: readonly Country[];
  readonly regions: readonly Region[];
}

/** Reads the lists; regions of the given countries and of the United States, where sites leave their country blank. */
export async function readLookups(api: ItGlueClient, siteCountries: readonly (string | null)[], signal: AbortSignal): Promise<Lookups> {
  const options = { signal };
  const [configurationTypes, configurationStatuses, contactTypes, passwordCategories, operatingSystems, countries] = await Promise.all([
    api.configurationTypes.list(options).then(entries),
    api.configurationStatuses.list(options).then(entries),
    api.contactTypes.list(options).then(entries),
    api.passwordCategories.list(options).then(entries),
    api.operatingSystems.list(options).then(entries),
    api.countries.list(options).then((records) => records.map(({ id, attributes }) => ({ id, name: attributes.name ?? '', iso: attributes.iso }))),
  ]);
  const wanted = new Set<string>();
  for (const country of [...siteCountries, 'US']) {
    const { countryId } = resolvePlace({ country: country ?? 'US', state: null, zip: null }, countries, []);
    if (countryId) wanted.add(countryId);
  }
  const regions: Region[] = [];
  for (const countryId of wanted) {
    for (const { id, attributes } of await api.regions.listByCountry(countryId, options)) {
      regions.push({ id, name: attributes.name ?? '', iso: attributes.iso, countryId });
    }
  }
  return { configurationTypes, configurationStatuses, contactTypes, passwordCategories, operatingSystems, countries, regions };
}

/** The entry of that name: equal first, then equal but for case and blanks; the lowest id of several. */
export function findEntry(list: readonly ListEntry[], name: string): ListEntry | null {
  const records: ItGlueRecord<{ name: string | null }>[] = list.map((entry) => ({ id: entry.id, attributes: { name: entry.name } }));
  const found = pickByName(records, name);
  return found ? { id: found.id, name: found.attributes.name ?? name } : null;
}

export function placeOf(lookups: Lookups, site: { country: string | null; state: string | null; zip: string | null }): Place {
  return resolvePlace(site, lookups.countries, lookups.regions);
}

export function entries(records: readonly ItGlueRecord<{ name: string | null }>[]): ListEntry[] {
  return records.map(({ id, attributes }) => ({ id, name: attributes.name ?? '' }));
}
