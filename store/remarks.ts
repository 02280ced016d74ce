import { kindOf, kindsOfSection, pageByName, type AnyKind, type KindName, type Page, type Section } from '../domain/kinds/index.js';
import type { Actor } from '../domain/roles.js';
import { ofClient, type ClientKey } from './client-row.js';
import type { StoreContext } from './context.js';
import { Refusal, type FieldProblem } from './errors.js';
import { newId } from './ids.js';
import type { Reason } from './decisions/reasons.js';

/** One reason of a send-back at its place, with its author, and whether it is settled. */
export interface Remark {
  readonly id: string;
  readonly section: Section;
  readonly text: string;
  readonly page: string | null;
  readonly recordId: string | null;
  readonly field: string | null;
  readonly by: string;
  readonly at: Date;
  /** `changed`: the record or field was changed since; `removed`: the record is gone; `resubmitted`: the section came again. */
  readonly resolved: { readonly as: 'changed' | 'removed' | 'resubmitted'; readonly by: string; readonly at: Date } | null;
}

interface RemarkRow {
  id: string;
  section: string;
  page: string | null;
  recordId: string | null;
  field: string | null;
  by: string;
  at: Date;
  content: Uint8Array;
  resolvedAt: Date | null;
  resolvedBy: string | null;
  resolvedAs: string | null;
}

const place = (id: string) => ({ table: 'Remark', row: id, field: 'content' });

/** Most remarks that are read at once: more than the reasons of one send-back. */
const remarkLimit = 500;

/**
 * Looks whether every reason names a place that there is: a page of the section, a record on it, a field of the record. A field
 * of a form needs no record, as its page has only one.
 * @throws {Refusal} `invalid` naming each that does not
 */
export async function checkReasons(context: StoreContext, client: ClientKey, section: Section, reasons: readonly Reason[]): Promise<void> {
  const ids = reasons.map((reason) => reason.recordId).filter((id) => id !== undefined);
  const rows = await context.db.record.findMany({ where: { ...ofClient(client), section, id: { in: ids } }, select: { id: true, kind: true } });
  const kindById = new Map(rows.map((row) => [row.id, row.kind as KindName]));
  const problems: FieldProblem[] = [];
  reasons.forEach(({ page, recordId, field }, index) => {
    const fault = (name: string, message: string) => problems.push({ field: `reasons[${index}].${name}`, message });
    const onPage = page === undefined ? undefined : pageByName(section, page);
    if (page !== undefined && !onPage) return fault('page', 'is no page of this section');
    const kind = recordId === undefined ? undefined : kindById.get(recordId);
    if (recordId !== undefined && !kind) return fault('recordId', 'is no record of this section');
    const kinds = (onPage ? kindsShownOn(onPage) : kindsOfSection(section)).filter((one) => !kind || one.name === kind);
    if (kinds.length === 0) return fault('recordId', 'is no record of this page');
    if (field === undefined) return;
    if (!kind && !onPage) return fault('field', 'needs the record or the page that it is on');
    const withField = kinds.filter((one) => field in one.fields || field in one.references);
    if (withField.length === 0) fault('field', kind ? 'is no field of this record' : 'is no field of this page');
    else if (!kind && withField.every((one) => one.cardinality === 'many')) fault('recordId', `is needed: the page holds many records, and ${field} is a field of each`);
  });
  if (problems.length > 0) throw new Refusal('invalid', 'A reason names a place that is not there; see errors', problems);
}

/** The kinds of the records that stand on a page, or of which it shows further fields. */
function kindsShownOn({ section, name }: Page): readonly AnyKind[] {
  return kindsOfSection(section).filter((kind) => kind.page === name || Object.values(kind.fields).some((field) => field.page === name));
}

/** Writes the reasons of a send-back or reset down at their places, in the decision's transaction. */
export async function writeRemarks(
  context: StoreContext,
  client: ClientKey,
  actor: Actor,
  section: Section,
  decisionId: string,
  reasons: readonly Reason[],
): Promise<void> {
  const forms = await context.db.record.findMany({ where: { ...ofClient(client), section, kind: { in: formKinds(section) } }, select: { id: true, kind: true } });
  const data = await Promise.all(
    reasons.map(async ({ text, page, recordId, field }) => {
      const id = newId();
      // A page that is a form is its one record: what is said of it is settled when that record changes.
      const form = page === undefined ? undefined : forms.find((row) => kindOf(row.kind as KindName).page === page);
      return {
        ...ofClient(client),
        id,
        section,
        decisionId,
        page: page ?? null,
        recordId: recordId ?? form?.id ?? null,
        field: field ?? null,
        by: actor.userId,
        content: await context.vault.sealJson(client, place(id), text),
      };
    }),
  );
  await context.db.remark.createMany({ data });
}

const formKinds = (section: Section): KindName[] => kindsOfSection(section).filter((kind) => kind.cardinality === 'one').map((kind) => kind.name);

/** Marks remarks at a record as settled: those at the record, and those at the fields that changed. */
export async function settleRemarks(context: StoreContext, actor: Actor, recordId: string, changed: readonly string[] | 'removed'): Promise<void> {
  const at = changed === 'removed' ? {} : { OR: [{ field: null }, { field: { in: [...changed] } }] };
  await context.db.remark.updateMany({
    where: { recordId, resolvedAt: null, ...at },
    data: { resolvedAt: new Date(), resolvedBy: actor.userId, resolvedAs: changed === 'removed' ? 'removed' : 'changed' },
  });
}

/**
 * The same for all records that an import changes, of the remarks at whole records. Which fields it changed is sealed in its
 * rows: a remark at a field stays until the section comes again.
 */
export async function settleImported(context: StoreContext, client: ClientKey, actor: Actor, importId: string, run: string): Promise<void> {
  const { tenantId, clientId } = ofClient(client);
  await context.db.$executeRaw`
    UPDATE "Remark" m SET "resolvedAt" = ${new Date()}::timestamptz, "resolvedBy" = ${actor.userId}::uuid, "resolvedAs" = 'changed'
    WHERE m."clientId" = ${clientId}::uuid AND m."tenantId" = ${tenantId}::uuid AND m."field" IS NULL AND m."resolvedAt" IS NULL
      AND m."recordId" IN (SELECT unnest(b."recordIds") FROM "ImportBlock" b WHERE b."importId" = ${importId}::uuid AND b."run" = ${run}::uuid AND b."action" = 'change')`;
}

/** Marks what is left of a section's remarks as settled: it was submitted again. */
export async function settleSection(context: StoreContext, client: ClientKey, actor: Actor, section: Section): Promise<void> {
  await context.db.remark.updateMany({
    where: { ...ofClient(client), section, resolvedAt: null },
    data: { resolvedAt: new Date(), resolvedBy: actor.userId, resolvedAs: 'resubmitted' },
  });
}

/** Remarks of a client, oldest first: of some sections, of one decision, or the unsettled ones at some records. */
export async function readRemarks(
  context: StoreContext,
  client: ClientKey,
  which: { readonly decisionId: string } | { readonly openAt: readonly string[] } | { readonly section: Section; readonly after: string | null; readonly limit: number },
): Promise<Remark[]> {
  const own = ofClient(client);
  const where =
    'decisionId' in which
      ? { ...own, decisionId: which.decisionId }
      : 'openAt' in which
        ? { ...own, recordId: { in: [...which.openAt] }, resolvedAt: null }
        : { ...own, section: which.section, ...(which.after ? { id: { gt: which.after } } : {}) };
  const rows = await context.db.remark.findMany({ where, orderBy: { id: 'asc' }, take: 'limit' in which ? which.limit : remarkLimit });
  return Promise.all(rows.map((row) => read(context, client, row)));
}

async function read(context: StoreContext, client: ClientKey, row: RemarkRow): Promise<Remark> {
  return {
    id: row.id,
    section: row.section as Section,
    text: await context.vault.openJson<string>(client, place(row.id), row.content),
    page: row.page,
    recordId: row.recordId,
    field: row.field,
    by: row.by,
    at: row.at,
    resolved: row.resolvedAt && { as: row.resolvedAs as 'changed', by: row.resolvedBy!, at: row.resolvedAt },
  };
}
