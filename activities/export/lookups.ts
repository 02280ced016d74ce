import { resolvePlace, type Country, type ListEntry, type MappedList, type Place, type Region } from '../../domain/it-glue/index.js';
import { pickByName, type ItGlueClient, type ItGlueRecord } from '../../it-glue/index.js';

/** The account's lists that a mapping needs, read once for an export or a preview. */
export interface Lookups extends Readonly<Record<MappedList, readonly ListEntry[]>> {
  readonly countries: readonly Country[];
  readonly regions: readonly Region[];
}

/** Something that is read before it is asked for. */
class ReadAhead<T> {
  #reading: Promise<{ readonly read: T; readonly since: number }> | null = null;

  keep(reading: Promise<T>): void {
    const since = Date.now();
    this.#reading = reading.then((read) => ({ read, since }));
    this.#reading.catch(() => undefined);
  }

  /** What was read so lately that what it lacks may be created without another look; given once. Null: nothing was. */
  async take(): Promise<T | null> {
    const reading = this.#reading;
    this.#reading = null;
    const got = await reading?.catch(() => null);
    return got && Date.now() - got.since < freshMs ? got.read : null;
  }
}

/** Lists of the account, each read when it is first asked for and then kept. */
export class KeptLookups {
  readonly #lists = new Map<MappedList, Promise<ListEntry[]>>();
  readonly #manufacturers = new ReadAhead<readonly ListEntry[]>();
  readonly #models = new ReadAhead<ReadonlyMap<string, readonly ListEntry[]>>();
  readonly #readAt = new Map<MappedList, number>();
  readonly #regions = new Map<string, Promise<Region[]>>();
  readonly #countries = new Map<'all', Promise<Country[]>>();

  /** The list itself: an entry that is created is added to it, so that it is found from then on. */
  list(api: ItGlueClient, name: MappedList, signal: AbortSignal): Promise<ListEntry[]> {
    return keep(this.#lists, name, async () => {
      const list = entries(await api[name].list({ signal }));
      this.#readAt.set(name, Date.now());
      return list;
    });
  }

  /** Begins to read the account's manufacturers, for the step that will need them first. */
  readManufacturers(api: ItGlueClient, signal: AbortSignal): void {
    this.#manufacturers.keep(api.manufacturers.list({ signal }).then(entries));
  }

  /** Keeps models that are being read, by their manufacturers, for the step that will need them. */
  keepModels(reading: Promise<ReadonlyMap<string, readonly ListEntry[]>>): void {
    this.#models.keep(reading);
  }

  takeManufacturers(): Promise<readonly ListEntry[] | null> {
    return this.#manufacturers.take();
  }

  takeModels(): Promise<ReadonlyMap<string, readonly ListEntry[]> | null> {
    return this.#models.take();
  }

  /** Whether the list was read so lately that what it lacks may be created without another look. */
  isFresh(name: MappedList): boolean {
    return Date.now() - (this.#readAt.get(name) ?? 0) < freshMs;
  }

  /** Countries, and regions of the given ones and of the United States, where sites leave their country blank. */
  async places(api: ItGlueClient, siteCountries: readonly (string | null)[], signal: AbortSignal): Promise<Pick<Lookups, 'countries' | 'regions'>> {
    const countries = await keep(this.#countries, 'all', () => readCountries(api, signal));
    const regions = [...countryIds(siteCountries, countries)].map((countryId) => keep(this.#regions, countryId, () => readRegions(api, countryId, signal)));
    return { countries, regions: (await Promise.all(regions)).flat() };
  }
}

/** The promise that is there, or a new one; a failed one is not kept, so that the next who asks reads again. */
function keep<K, T>(kept: Map<K, Promise<T>>, key: K, read: () => Promise<T>): Promise<T> {
  const known = kept.get(key);
  if (known) return known;
  const reading = read();
  kept.set(key, reading);
  reading.catch(() => kept.delete(key));
  return reading;
}

/** Far less than the time after which a claim of a name is taken over: nobody else's entry can appear meanwhile unseen. */
const freshMs = 10_000;
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
  const found = pickByName(asRecords(list), name);
  return found ? { id: found.id, name: found.attributes.name ?? name } : null;
}

export function asRecords(list: readonly ListEntry[]): ItGlueRecord<{ name: string | null }>[] {
  return list.map((entry) => ({ id: entry.id, attributes: { name: entry.name } }));
}

export function placeOf(lookups: Pick<Lookups, 'countries' | 'regions'>, site: { country: string | null; state: string | null; zip: string | null }): Place {
  return resolvePlace(site, lookups.countries, lookups.regions);
}

export function entries(records: readonly ItGlueRecord<{ name: string | null }>[]): ListEntry[] {
  return records.map(({ id, attributes }) => ({ id, name: attributes.name ?? '' }));
}
