import type { SourceRecord } from '../../domain/it-glue/index.js';
import { prepare, type Alias, type Band, type MakeModel } from '../../domain/spelling/index.js';
import type { CatalogueEntry } from '../../store/index.js';

/** An existing entry that a make or model may mean, and why. */
export interface Suggestion {
  readonly itGlueId: string;
  readonly target: MakeModel;
  readonly band: Band;
  readonly confidence: number;
  readonly reason: string;
  readonly source: 'matcher' | 'language_model';
}

/** A make or model that the account does not have as it is written. */
export interface SpellingRow {
  readonly recordId: string;
  readonly kind: 'make' | 'model';
  readonly typed: MakeModel;
  readonly suggestion: Suggestion | null;
  /** What was decided before: the id of an existing entry, `new`, or null when nobody has decided. */
  readonly decided: string | null;
}

/** What a client's make or model record says, as the matcher takes it. */
export function typedOf(record: SourceRecord, byId: ReadonlyMap<string, SourceRecord>): MakeModel {
  const name = String(record.content['name']);
  if (record.kind === 'make') return { manufacturer: name, model: '' };
  const make = byId.get(record.references['make'] ?? '');
  return { manufacturer: make ? String(make.content['name']) : '', model: name };
}

/** Suggestions for makes and models that the account does not have, by the deterministic matcher. Changes nothing. */
export function suggestSpellings(
  fresh: readonly SourceRecord[],
  byId: ReadonlyMap<string, SourceRecord>,
  catalogue: readonly CatalogueEntry[],
  aliases: readonly Alias[],
  choices: ReadonlyMap<string, string | null>,
): SpellingRow[] {
  const prepared = prepare(catalogue, { aliases });
  const idOf = new Map(catalogue.map((entry) => [keyOf(entry), entry.id]));
  return fresh.map((record) => {
    const typed = typedOf(record, byId);
    const found = record.kind === 'make' ? fromMake(prepared.matchManufacturer(typed.manufacturer)) : prepared.match(typed);
    const itGlueId = found && idOf.get(keyOf(found));
    const choice = choices.get(record.id);
    return {
      recordId: record.id,
      kind: record.kind as 'make' | 'model',
      typed,
      suggestion:
        found && itGlueId && found.band !== 'none'
          ? { itGlueId, target: { manufacturer: found.manufacturer, model: found.model }, band: found.band, confidence: found.confidence, reason: found.reason, source: 'matcher' }
          : null,
      decided: choice === undefined ? null : (choice ?? 'new'),
    };
  });
}

function fromMake(match: { name: string; confidence: number; band: Band; reason: string } | null) {
  return match && { manufacturer: match.name, model: '', confidence: match.confidence, band: match.band, reason: match.reason };
}

const keyOf = (entry: MakeModel) => `${entry.manufacturer}\u001f${entry.model}`;
