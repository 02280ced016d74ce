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

export type ListName = 'configurationTypes' | 'configurationStatuses' | 'contactTypes' | 'passwordCategories' | 'operatingSystems';

/** Lists of the account, each read when it is first asked for and then kept. */
export class KeptLookups {
  readonly #lists = new Map<ListName, Promise<ListEntry[]>>();
  readonly #regions = new Map<string, Promise<Region[]>>();
  #countries: Promise<Country[]> | undefined;

  /** The list itself: an entry that is created is added to it, so that it is found from then on. */
  list(api: ItGlueClient, name: ListName, signal: AbortSignal): Promise<ListEntry[]> {
    const kept = this.#lists.get(name) ?? api[name].list({ signal }).then(entries);
    this.#lists.set(name, kept);
    return kept;
  }

  /** Countries, and regions of the given ones and of the United States, where sites leave their country blank. */
  async places(api: ItGlueClient, siteCountries: readonly (string | null)[], signal: AbortSignal): Promise<Pick<Lookups, 'countries' | 'regions'>> {
    this.#countries ??= readCountries(api, signal);
    const countries = await this.#countries;
    const regions: Region[] = [];
    for (const countryId of countryIds(siteCountries, countries)) {
      const kept = this.#regions.get(countryId) ?? readRegions(api, countryId, signal);
      this.#regions.set(countryId, kept);
      regions.push(...(await kept));
    }
    return { countries, regions };
  }
}

/** How long lists are believed: a type that somebody adds meanwhile is seen by the next run at the latest. */
const keepMs = 10 * 60_000;
const keptRuns = 50;

/** The lists of the runs that this process works on. A run whose step failed reads them anew. */
export class LookupsByRun {
  readonly #runs = new Map<string, { lookups: KeptLookups; until: number }>();

  of(runId: string): KeptLookups {
    const now = Date.now();
    const kept = this.#runs.get(runId);
    if (kept && kept.until > now) return kept.lookups;
    const lookups = new KeptLookups();
    this.#runs.delete(runId);
    this.#runs.set(runId, { lookups, until: now + keepMs });
    if (this.#runs.size > keptRuns) this.#runs.delete(this.#runs.keys().next().value!);
    return lookups;
  }

  forget(runId: string): void {
    this.#runs.delete(runId);
  }
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
    readCountries(api, signal),
  ]);
  const regions: Region[] = [];
  for (const countryId of countryIds(siteCountries, countries)) regions.push(...(await readRegions(api, countryId, signal)));
  return { configurationTypes, configurationStatuses, contactTypes, passwordCategories, operatingSystems, countries, regions };
}

async function readCountries(api: ItGlueClient, signal: AbortSignal): Promise<Country[]> {
  return (await api.countries.list({ signal })).map(({ id, attributes }) => ({ id, name: attributes.name ?? '', iso: attributes.iso }));
}

async function readRegions(api: ItGlueClient, countryId: string, signal: AbortSignal): Promise<Region[]> {
  const records = await api.regions.listByCountry(countryId, { signal });
  return records.map(({ id, attributes }) => ({ id, name: attributes.name ?? '', iso: attributes.iso, countryId }));
}

function countryIds(siteCountries: readonly (string | null)[], countries: readonly Country[]): Set<string> {
  const ids = [...siteCountries, 'US'].map((country) => resolvePlace({ country: country ?? 'US', state: null, zip: null }, countries, []).countryId);
  return new Set(ids.filter((id) => id !== null));
}

/** The entry of that name: equal first, then equal but for case and blanks; the lowest id of several. */
export function findEntry(list: readonly ListEntry[], name: string): ListEntry | null {
  const records: ItGlueRecord<{ name: string | null }>[] = list.map((entry) => ({ id: entry.id, attributes: { name: entry.name } }));
  const found = pickByName(records, name);
  return found ? { id: found.id, name: found.attributes.name ?? name } : null;
}

export function placeOf(lookups: Pick<Lookups, 'countries' | 'regions'>, site: { country: string | null; state: string | null; zip: string | null }): Place {
  return resolvePlace(site, lookups.countries, lookups.regions);
}

export function entries(records: readonly ItGlueRecord<{ name: string | null }>[]): ListEntry[] {
  return records.map(({ id, attributes }) => ({ id, name: attributes.name ?? '' }));
}
