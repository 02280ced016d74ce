// Countries and regions as the service knows them: ISO 3166-1 and 3166-2 (source and licence stand in the data file).

import { readFileSync } from 'node:fs';

interface Geography {
  readonly countries: readonly (readonly [iso: string, name: string])[];
  readonly regions: Readonly<Record<string, readonly (readonly [code: string, name: string])[]>>;
}

export const geography = JSON.parse(readFileSync(new URL('./data/geography.json', import.meta.url), 'utf8')) as Geography;
