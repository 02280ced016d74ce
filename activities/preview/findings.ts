import { attributesOf, checkUnit, fieldsWithoutHome, labelOf, type ExportPlan, type ExportUnit, type Resolver, type Severity, type SourceRecord } from '../../domain/it-glue/index.js';
import { kindOf, type KindName } from '../../domain/kinds/index.js';
import { MAX_ATTACHMENT_BYTES } from '../../it-glue/index.js';
import type { Lookups } from '../export/lookups.js';
import { placeOf } from '../export/lookups.js';
import type { MappedWords } from './words.js';

/** What IT Glue would refuse, or may refuse, of a record. */
export interface Problem {
  readonly kind: KindName;
  readonly recordId: string;
  readonly title: string;
  readonly field: string | null;
  readonly message: string;
  readonly severity: Severity;
  /** The record's place in the order of creation. */
  readonly sequence: number;
}

/** A record, or one field of it, that IT Glue has no place for. */
export interface Homeless {
  readonly kind: KindName;
  readonly recordId: string;
  readonly title: string;
  /** Null: the record as a whole. */
  readonly field: string | null;
  readonly message: string;
}

/** Most problems, and most records without a home, that a preview lists; refusals come first. */
const mostListed = 1_000;

/** Looks at each record as it would be sent. */
export function problemsOf(units: readonly ExportUnit[], byId: ReadonlyMap<string, SourceRecord>, lookups: Lookups, words: MappedWords): Problem[] {
  const resolve = previewResolver(lookups, words);
  const found = units.flatMap((unit, sequence) => {
    const record = byId.get(unit.recordId)!;
    const title = kindOf(record.kind).title(record.content as never);
    return checkUnit(unit, record, attributesOf(unit, record, resolve), { attachmentBytes: MAX_ATTACHMENT_BYTES }).map(
      (finding): Problem => ({ kind: record.kind, recordId: record.id, title, ...finding, sequence }),
    );
  });
  const warnings = found.filter((one) => one.severity === 'warning').slice(0, mostListed);
  // All refusals: an export starts only when each is decided about.
  return [...found.filter((one) => one.severity === 'refused'), ...warnings];
}

/** Whole records without a home, then fields that are filled and stay behind. */
export function homelessOf({ units, withoutHome }: Pick<ExportPlan, 'units' | 'withoutHome'>, byId: ReadonlyMap<string, SourceRecord>): Homeless[] {
  const whole = withoutHome.map((one): Homeless => ({ kind: one.kind, recordId: one.recordId, title: one.title, field: null, message: one.message }));
  const parts = units.flatMap(({ kind, recordId }) =>
    (fieldsWithoutHome[kind] ?? []).flatMap((field): Homeless[] => {
      const record = byId.get(recordId)!;
      if (!record.content[field]) return [];
      const title = kindOf(kind).title(record.content as never);
      return [{ kind, recordId, title, field, message: `IT Glue has no place for: ${labelOf(kind, field)}. It stays in the downloads` }];
    }),
  );
  return [...whole, ...parts].slice(0, mostListed);
}

/** Ids do not matter to the checks; what goes into the notes because the account lacks it does. */
function previewResolver(lookups: Lookups, words: MappedWords): Resolver {
  const known = new Map(words.operatingSystems.map((row) => [row.word, row.entry?.id ?? null]));
  const id = () => '0';
  return {
    idOf: id,
    organizationTypeId: null,
    organizationStatusId: null,
    configurationTypeId: id,
    configurationStatusId: id,
    contactTypeId: id,
    passwordCategoryId: id,
    operatingSystemId: (word) => known.get(word) ?? null,
    place: (site) => placeOf(lookups, site),
  };
}
