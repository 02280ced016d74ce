import { z } from 'zod';
import { bodyOfMany } from '../bodies.js';
import type { Caller } from '../caller.js';
import { read, readIncluded, readOne, type ItGlueId, type ItGlueRecord } from '../envelope.js';
import { route } from '../routes.js';
import { bulk, readCreated, sameId, type CallOptions } from './organization-records.js';

/** What a relation may start from, of the kinds that an onboarding creates. */
export type RelatedItemSource = 'configurations' | 'contacts' | 'locations' | 'passwords';

export interface RelatedItemAttributes {
  readonly destinationId: ItGlueId;
  readonly destinationType: 'Configuration' | 'Contact' | 'Location' | 'Organization' | 'Password';
  readonly notes?: string | null;
}

const relatedItem = z
  .object({
    destinationId: read.id,
    destinationType: read.text,
    resourceId: read.id,
    resourceType: read.text,
    notes: read.text,
    createdAt: read.text,
  })
  // What is written as destination may come back as resource.
  .transform(({ resourceId, resourceType, ...item }) => ({
    ...item,
    destinationId: item.destinationId ?? resourceId,
    destinationType: item.destinationType ?? resourceType,
  }));
export type RelatedItem = z.output<typeof relatedItem>;

export interface RelatedItems {
  /** Relates one record to 1 to 100 others. Repeating makes second relations: look with `list` first. */
  createMany(
    source: RelatedItemSource,
    sourceId: ItGlueId,
    items: readonly RelatedItemAttributes[],
    options?: CallOptions,
  ): Promise<ItGlueRecord<RelatedItem>[]>;
  /** The relations of one record; they can be read only through it. */
  list(source: RelatedItemSource, sourceId: ItGlueId, options?: CallOptions): Promise<ItGlueRecord<RelatedItem>[]>;
}

export function relatedItems(caller: Caller): RelatedItems {
  return {
    async createMany(source, sourceId, items, options = {}) {
      if (items.length === 0) return [];
      return caller.write({
        route: route(`/${source}/:id/relationships/related_items`, { id: sourceId }),
        body: bodyOfMany('related_items', bulk(items).map((attributes) => ({ attributes }))),
        records: items.length,
        ...options,
        check: (answer) => readCreated(answer, relatedItem, items.length),
      });
    },

    list: async (source, sourceId, options = {}) =>
      caller.read({
        route: route(`/${source}/:id`, { id: sourceId }),
        query: [['include', 'related_items'], ...(source === 'passwords' ? [['show_password', 'false'] as const] : [])],
        ...options,
        check: (answer) => {
          sameId(readOne(answer, z.object({})), sourceId);
          return readIncluded(answer, 'related-items', relatedItem);
        },
      }),
  };
}
