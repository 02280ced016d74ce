// How a resource's attributes are declared. One row per attribute, in the order in which answers show them.

import type { Json, JsonObject } from '../json.js';
import type { Switches } from '../switches.js';
import type { Transaction } from '../storage/store.js';
import type { Table } from '../storage/table.js';
import type { ResourceName, Row } from '../storage/rows.js';
import type { ErrorObject } from '../errors.js';

/** What rules and derived attributes may look at. */
export interface Scene {
  readonly tables: Readonly<Record<ResourceName, Table>>;
  readonly switches: Readonly<Switches>;
  /** Web address that resource-url and parent-url are built on, without a trailing slash. */
  readonly webUrl: string;
  /** Address the request came in by; download addresses are built on it. */
  readonly origin: string;
  readonly now: () => Date;
}

export type FieldKind =
  | 'text' | 'name' | 'boolean' | 'ref' | 'number' | 'date' | 'timestamp' | 'ip' | 'mac' | 'phone'
  | 'secret' | 'emails' | 'phones' | 'attachment' | 'refs' | 'derived';

export interface Field {
  readonly kind: FieldKind;
  /** required: refused when absent; optional: null is not taken (and left as it was); nullable: null clears. */
  readonly rule: 'required' | 'optional' | 'nullable';
  readonly write: 'always' | 'create' | 'never';
  /** hidden attributes are stored but never answered; shown-only ones are left out of lists. */
  readonly answer: 'always' | 'showOnly' | 'hidden';
  readonly initial: Json;
  readonly to?: ResourceName;
  /** The target of a reference must belong to the same organization. */
  readonly sameOrganization?: boolean;
  readonly maxLength?: number;
  readonly oneOf?: readonly string[];
  /** A date that answers show as a time: the start of that day. */
  readonly asTime?: boolean;
  /** Computed at answering. `asNumber` results are digits and go out as a JSON number of any size. */
  readonly derive?: (row: Row, scene: Scene) => Json;
  readonly asNumber?: boolean;
}

type Options = Partial<Pick<Field, 'rule' | 'write' | 'answer' | 'initial' | 'sameOrganization' | 'maxLength' | 'oneOf' | 'asTime'>>;

const field = (kind: FieldKind, options: Options & Pick<Field, 'to' | 'derive' | 'asNumber'> = {}): Field => ({
  kind, rule: 'nullable', write: 'always', answer: 'always', initial: null, ...options,
});

export const text = (options: Options = {}): Field => field('text', options);
export const requiredName = (): Field => field('name', { rule: 'required' });
export const yesNo = (initial: boolean | null = false, options: Options = {}): Field => field('boolean', { initial, ...options });
export const date = (options: Options = {}): Field => field('date', options);
export const timestamp = (options: Options = {}): Field => field('timestamp', options);
export const ref = (to: ResourceName, options: Options = {}): Field => field('ref', { to, ...options });
export const ofKind = (kind: FieldKind, options: Options & Pick<Field, 'to'> = {}): Field => field(kind, options);
export const readOnly = (kind: FieldKind = 'text', initial: Json = null): Field => field(kind, { write: 'never', initial });
export const derived = (derive: NonNullable<Field['derive']>, asNumber = false, answer: Field['answer'] = 'always'): Field =>
  field('derived', { write: 'never', derive, asNumber, answer });

/** What `psa-integration` says of a record. */
export const psaIntegration = (): Field => derived(({ body: { sync } }) => (sync?.kind === 'orphaned' ? 'orphaned' : sync?.kind === 'psa' ? 'enabled' : 'disabled'));

/** The name of the record that a reference of this record points to, or null. */
export function nameOf(reference: string, to: ResourceName, attribute = 'name'): Field {
  return derived((row, scene) => {
    const id = row.body.values[reference];
    return typeof id === 'string' ? (scene.tables[to].get(id)?.body.values[attribute] ?? null) : null;
  });
}

export type Operation = 'index' | 'show' | 'create' | 'bulkCreate' | 'update' | 'bulkUpdate' | 'destroy' | 'bulkDestroy'
  /** A single id under an organization, answered like the bulk form: printed that way in the vendor's reference. */
  | 'bulkDestroyMember';

export type FilterKind = 'id' | 'name' | 'exact' | 'boolean' | 'ref' | 'dates' | 'email' | 'day' | 'psa' | 'rmm' | 'companion' | 'idExclude' | 'textExclude' | 'numbers' | 'member';
export type Filter = { readonly kind: FilterKind; readonly field: string };

/** What a rule of one resource gets when a record is written. It may change `values` and add `errors`. */
export interface Writing {
  readonly scene: Scene;
  readonly transaction: Transaction;
  readonly id: string;
  readonly isNew: boolean;
  readonly values: Record<string, Json>;
  /** What the caller sent, in snake_case, already cast for known fields. */
  readonly sent: Readonly<JsonObject>;
  readonly relationships: Readonly<JsonObject>;
  readonly before: Readonly<Record<string, Json>> | null;
  readonly errors: ErrorObject[];
  /** Place of the element in a bulk body, as pointers name it ('' or '/3'). */
  readonly place: string;
  readonly nextId: () => string;
  readonly save: (resource: ResourceName, id: string, values: Record<string, Json>) => void;
}

export interface Resource {
  readonly name: ResourceName;
  /** The `type` of its objects in answers. */
  readonly type: string;
  /** As sentences of the server call it, in the singular. */
  readonly title: string;
  readonly fields: Readonly<Record<string, Field>>;
  readonly timestamps: boolean;
  /** Whether answers carry `relationships: {}` when nothing is related. */
  readonly emptyRelationships: boolean;
  readonly top: readonly Operation[];
  readonly under: Readonly<Partial<Record<ResourceName | 'any', readonly Operation[]>>>;
  readonly filters: Readonly<Record<string, Filter>>;
  readonly sorts: readonly string[];
  readonly includes: { readonly index: readonly string[]; readonly show: readonly string[] };
  /** Relations that the answer to a write carries without being asked for them. */
  readonly shownAfterWrite?: readonly string[];
  /** What may still be edited when a PSA or RMM owns the record; absent: such a record refuses every edit. */
  readonly syncedMayChange?: readonly string[];
  /** Names that the uniqueLookups switch guards, and within what. */
  readonly uniqueName?: 'account' | 'manufacturer';
  readonly beforeSave?: (writing: Writing) => void;
  readonly afterSave?: (writing: Writing) => void;
}
