/** A country of the account's own list (it-glue-api.md 2.3: ids differ by account, so they are never constants). */
export interface Country {
  readonly id: string;
  readonly name: string;
  readonly iso: string | null;
}

export interface Region extends Country {
  readonly countryId: string;
}

/** A site's country and state as IT Glue ids; a word that could not be resolved comes back to be kept in the notes. */
export interface Place {
  readonly countryId: string | null;
  readonly regionId: string | null;
  readonly unresolvedCountry: string | null;
  readonly unresolvedState: string | null;
}

// Everyday names that differ from the ISO 3166-1 short names, and ISO alpha-3 codes of the same countries.
const countryAliases: Readonly<Record<string, string>> = {
  usa: 'us',
  'united states': 'us',
  'united states of america': 'us',
  america: 'us',
  uk: 'gb',
  gbr: 'gb',
  'united kingdom': 'gb',
  'great britain': 'gb',
  england: 'gb',
  scotland: 'gb',
  wales: 'gb',
  'northern ireland': 'gb',
  can: 'ca',
  aus: 'au',
  nzl: 'nz',
  deu: 'de',
  deutschland: 'de',
  holland: 'nl',
  nld: 'nl',
  irl: 'ie',
};

const fold = (value: string) =>
  value
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    // ISO 3166-1 writes the article behind the name: Netherlands (the).
    .replace(/^the | the$/g, '');

/** Resolves a site's country and state against the account's lists. A blank country is inferred from the state only where one fits. */
export function resolvePlace(
  site: { country: string | null; state: string | null; zip: string | null },
  countries: readonly Country[],
  regions: readonly Region[],
): Place {
  const country = site.country ? findCountry(site.country, countries) : inferCountry(site, countries, regions);
  const region = site.state && country ? findRegion(site.state, country, regions) : null;
  return {
    countryId: country?.id ?? null,
    regionId: region?.id ?? null,
    unresolvedCountry: site.country && !country ? site.country : null,
    unresolvedState: site.state && !region ? site.state : null,
  };
}

function findCountry(text: string, countries: readonly Country[]): Country | null {
  const words = fold(text.replace(/\./g, ''));
  const iso = countryAliases[words] ?? (words.length === 2 ? words : null);
  return (
    countries.find((one) => fold(one.name) === words) ??
    countries.find((one) => iso !== null && one.iso?.toLowerCase() === iso) ??
    null
  );
}

function findRegion(text: string, country: Country, regions: readonly Region[]): Region | null {
  const words = fold(text.replace(/\./g, ''));
  const own = regions.filter((one) => one.countryId === country.id);
  // ISO 3166-2 codes come with the country in front (US-OR) or without it (OR), in lists and on paper.
  const isCode = (code: string | undefined) => code !== undefined && (words === code || words === `${country.iso?.toLowerCase()} ${code}`);
  return own.find((one) => fold(one.name) === words) ?? own.find((one) => isCode(one.iso?.toLowerCase().split('-').at(-1))) ?? null;
}

function inferCountry(
  site: { state: string | null; zip: string | null },
  countries: readonly Country[],
  regions: readonly Region[],
): Country | null {
  if (!site.state) return null;
  const named = regions.filter((one) => fold(one.name) === fold(site.state!));
  if (named.length === 1) return countries.find((one) => one.id === named[0]!.countryId) ?? null;
  // "OR 97201": a two-letter state with a US zip code is how US sites are written without their country.
  const us = findCountry('US', countries);
  const isUs = /^[A-Za-z]{2}$/.test(site.state) && /^\d{5}(-\d{4})?$/.test(site.zip ?? '');
  return us && isUs && findRegion(site.state, us, regions) ? us : null;
}
