import { z } from 'zod';
import { bodyOfMany } from '../bodies.js';
import type { Caller } from '../caller.js';
import { read, UnreadableAnswer, type ItGlueId, type ItGlueRecord } from '../envelope.js';
import { listAll, type ListOptions } from '../pages.js';
import { route } from '../routes.js';
import { bulk, readCreated, type CallOptions } from './organization-records.js';

const model = z.object({ name: read.text, manufacturerId: read.id, manufacturerName: read.text, createdAt: read.text });
export type Model = z.output<typeof model>;

export interface Models {
  /** All models of a manufacturer: IT Glue has no other way to find one by name. */
  listByManufacturer(manufacturerId: ItGlueId, options?: ListOptions): Promise<ItGlueRecord<Model>[]>;
  /** All models of the account, those without a manufacturer included. */
  listAll(options?: ListOptions): Promise<ItGlueRecord<Model>[]>;
  /** Creates 1 to 100 models in one request, never repeated; the answer is in the server's order. */
  createMany(manufacturerId: ItGlueId, names: readonly string[], options?: CallOptions): Promise<ItGlueRecord<Model>[]>;
}

export function models(caller: Caller): Models {
  const nested = (manufacturerId: ItGlueId) => route('/manufacturers/:manufacturerId/relationships/models', { manufacturerId });
  const isForeign = (record: ItGlueRecord<Model>, manufacturerId: ItGlueId) =>
    record.attributes.manufacturerId !== null && record.attributes.manufacturerId !== manufacturerId;

  return {
    async listByManufacturer(manufacturerId, options = {}) {
      const records = await listAll(caller, { route: nested(manufacturerId), reader: model, sort: 'id', ...options });
      return records.filter((record) => !isForeign(record, manufacturerId));
    },

    listAll: (options = {}) => listAll(caller, { route: route('/models'), reader: model, sort: 'id', ...options }),

    async createMany(manufacturerId, names, options = {}) {
      if (names.length === 0) return [];
      return caller.write({
        route: nested(manufacturerId),
        body: bodyOfMany('models', bulk(names).map((name) => ({ attributes: { name } }))),
        records: names.length,
        ...options,
        check: (answer) => {
          const created = readCreated(answer, model, names.length);
          if (created.some((record) => isForeign(record, manufacturerId))) throw new UnreadableAnswer('a model of another manufacturer');
          return created;
        },
      });
    },
  };
}
