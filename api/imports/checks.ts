import { z } from 'zod';
import { allKinds, type AnyKind, type Section } from '../../domain/kinds/index.js';
import { targetsOf, type ColumnChoice } from '../../tables/match.js';
import { TableError } from '../../tables/table-error.js';
import { Problem } from '../problem.js';
import type { PlanSummary } from './content.js';

/** Lists that a file can be imported into. */
export const grids = allKinds.filter((kind) => kind.cardinality === 'many');
const gridPaths = grids.map((kind) => kind.path) as [string, ...string[]];

/** A list by the name that its address has. */
export const records = z.enum(gridPaths, `must be one of: ${gridPaths.join(', ')}`);

/** Where imports of a section are. */
export const importsUrl = '/clients/:clientId/sections/:section/imports';

/** Whoever may edit the section may import into it. */
export const importConfig = { operation: 'section.edit' } as const;

/** Problems of every step that reads a file. */
export const refusals = ['invalid_request', 'forbidden', 'not_found', 'wrong_stage', 'import_invalid', 'limit_reached', 'busy'] as const;

/** The grid of that name, in the section that the address names. */
export function kindIn(section: Section, path: string, field: string): AnyKind {
  const kind = grids.find((one) => one.path === path && one.section === section);
  if (kind) return kind;
  const there = grids.filter((one) => one.section === section).map((one) => one.path);
  const message = there.length > 0 ? `must be one of this section: ${there.join(', ')}` : 'names no list of this section: it has none';
  throw new Problem('invalid_request', `The ${section} section has no such list`, { errors: [{ field, message }] });
}

/**
 * Refuses choices that the kind or the table has no place for.
 * @param width how many columns the table has, where it is known already
 */
export function checkTargets(kind: AnyKind, choices: readonly ColumnChoice[], width: number | null): void {
  const targets = targetsOf(kind);
  const errors: { field: string; message: string }[] = [];
  const columns = new Set<number>();
  const taken = new Set<string>();
  choices.forEach(({ column, target }, index) => {
    const fault = (name: string, message: string) => errors.push({ field: `body.columns[${index}].${name}`, message });
    if (columns.has(column)) fault('column', 'is named twice');
    if (width !== null && column >= width) fault('column', `must be below ${width}: the file has that many columns`);
    columns.add(column);
    if (!target) return;
    if (!targets.has(target)) fault('field', `must be one of: ${[...targets.keys()].join(', ')}`);
    if (taken.has(target)) fault('field', 'is filled by another column already');
    taken.add(target);
  });
  if (errors.length > 0) throw new Problem('invalid_request', 'The columns are not as they must be; see errors', { errors });
}

/** Refuses to carry out what would be refused row by row. */
export function mayBeCarriedOut(plan: PlanSummary, rows: 'all' | 'good'): void {
  if (plan.problems.length > 0) throw new Problem('import_invalid', plan.problems.join('. '));
  if (plan.bad === 0 || rows === 'good') return;
  const { bad, faultCount } = plan;
  throw new Problem('import_invalid', `Nothing was imported: ${bad} rows have ${faultCount} faults. Correct them, or import the good rows only`, {
    members: { bad, errorCount: faultCount, errors: plan.faults.slice(0, 100) },
  });
}

/** A file that cannot be read is the sender's to mend. */
export async function inWords<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TableError) throw new Problem('import_invalid', error.message, { errors: [{ field: 'body', message: error.message }] });
    throw error;
  }
}
