import { z } from 'zod';
import type { Caller } from '../caller.js';
import { read, type ItGlueId, type ItGlueRecord } from '../envelope.js';
import { listAll, type ListOptions } from '../pages.js';
import { route } from '../routes.js';

const country = z.object({ name: read.text, iso: read.text });
const region = z.object({ name: read.text, iso: read.text, countryId: read.id });
export type Country = z.output<typeof country>;
export type Region = z.output<typeof region>;

/** Ids differ between accounts (the vendor's own samples disagree): resolve by ISO code or name, never by constant. */
export interface Countries {
  list(options?: ListOptions): Promise<ItGlueRecord<Country>[]>;
}

export interface Regions {
  /** The regions of one country. The route nested under a country ignores it, so this filters, and checks. */
  listByCountry(countryId: ItGlueId, options?: ListOptions): Promise<ItGlueRecord<Region>[]>;
}

export function countries(caller: Caller): Countries {
  return {
    list: (options = {}) => listAll(caller, { route: route('/countries'), reader: country, sort: 'id', ...options }),
  };
}

export function regions(caller: Caller): Regions {
  return {
    async listByCountry(countryId, options = {}) {
      const records = await listAll(caller, {
        route: route('/regions'),
        reader: region,
        sort: 'id',
        filter: [['filter[country_id]', countryId]],
        ...options,
      });
      return records.filter((record) => record.attributes.countryId === countryId);
    },
  };
}
