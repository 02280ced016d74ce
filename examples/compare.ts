/**
 * The comparison of what the sample's files say with what IT Glue holds. It shares no code with the product: files are read,
 * mapped and compared here once more, so that a mistake of the product cannot hide in both.
 */
import { fold } from './compare/entry.js';
import { compareEntries, type Comparison } from './compare/differences.js';
import { expectedEntries, type Chosen } from './compare/expected.js';
import { ItGlueReader, type ItGlueAddress } from './compare/it-glue-reader.js';
import { organizationsNamed, readEntries, readLists } from './compare/read-back.js';
import type { Sample } from './compare/sample-files.js';

export { readSample, type Row, type Sample } from './compare/sample-files.js';
export type { Comparison, Mismatch } from './compare/differences.js';
export type { Chosen } from './compare/expected.js';
export type { ItGlueAddress } from './compare/it-glue-reader.js';

/** Ids of all organizations of that name, to be taken before an export and compared after it. */
export function organizationIds(address: ItGlueAddress, name: string): Promise<string[]> {
  return organizationsNamed(new ItGlueReader(address), name);
}

/**
 * Reads the organizations that the export made and compares them with the sample.
 * `before`: ids of the organizations that bore the name already; any other one of the name counts as found.
 */
export async function compareWithItGlue(sample: Sample, address: ItGlueAddress, chosen: Chosen, before: readonly string[]): Promise<Comparison> {
  const reader = new ItGlueReader(address);
  const expected = expectedEntries(sample, await readLists(reader), chosen);
  const made = (await organizationsNamed(reader, chosen.company)).filter((id) => !before.includes(id));
  const makes = new Set(expected.filter((one) => one.kind === 'manufacturer').map((one) => one.key));
  const models = new Set(expected.filter((one) => one.kind === 'model').map((one) => one.key));
  // A manufacturer that the account had before may have models of its own; those are no business of this client.
  const found = (await readEntries(reader, made, makes)).filter((one) => one.kind !== 'model' || models.has(fold(one.key)));
  return compareEntries(expected, found);
}
