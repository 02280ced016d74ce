import { fold } from './entry.js';

/** The account's own lists, as its API gives them. Names only: ids differ from account to account. */
export interface AccountLists {
  readonly countries: readonly { readonly name: string; readonly iso: string }[];
  readonly regions: readonly { readonly name: string; readonly iso: string; readonly country: string }[];
  readonly operatingSystems: readonly string[];
}

export interface ExpectedPlace {
  readonly country: string | null;
  readonly region: string | null;
  /** Words that no list has; they must survive in the notes. */
  readonly lostCountry: string | null;
  readonly lostState: string | null;
}

const sameWord = (word: string) => (one: { name: string; iso: string }) =>
  fold(one.name) === fold(word) || one.iso.toLowerCase().split('-').at(-1) === word.toLowerCase();

/** Where a site lies by the account's lists. A site without a country but with a US state and zip code lies in the US. */
export function expectedPlace(site: { country: string | null; state: string | null; zip: string | null }, lists: AccountLists): ExpectedPlace {
  const looksAmerican = /^[A-Z]{2}$/.test(site.state ?? '') && /^\d{5}$/.test(site.zip ?? '');
  const written = site.country === 'USA' ? 'US' : (site.country ?? (looksAmerican ? 'US' : null));
  const country = written === null ? undefined : lists.countries.find(sameWord(written));
  const region = site.state === null ? undefined : lists.regions.filter((one) => one.country === country?.name).find(sameWord(site.state));
  return {
    country: country?.name ?? null,
    region: region?.name ?? null,
    lostCountry: country ? null : site.country,
    lostState: region ? null : site.state,
  };
}
