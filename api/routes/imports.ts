import { z } from 'zod';
import { allKinds, kindNames, type AnyKind } from '../../domain/kinds/index.js';
import type { FileType } from '../../tables/read.js';
import { readTable } from '../../tables/read.js';
import { TableError, tableLimits } from '../../tables/table-error.js';
import { carryOut } from '../imports/carry-out.js';
import { faultLimit, planImport, type ImportPlan } from '../imports/plan.js';
import { Turns } from '../imports/turns.js';
import { clientOf } from '../plugins/auth.js';
import { once } from '../plugins/idempotency.js';
import { Problem } from '../problem.js';
import { clientParams } from '../schemas/common.js';
import { pascal } from '../schemas/record.js';
import { mustBeOpen } from '../section-open.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const mediaTypes: Readonly<Record<string, FileType>> = {
  'text/csv': 'csv',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
};

const count = z.int().min(0);
const fault = z.object({ row: z.int(), column: z.string().nullable(), field: z.string().nullable(), message: z.string() });

const answer = z
  .object({
    dryRun: z.boolean(),
    columns: z.array(z.object({ header: z.string(), field: z.string().nullable(), note: z.string().nullable() })).describe('What each column was taken for; null: left out.'),
    rows: count,
    created: count,
    updated: count,
    unchanged: count.describe('Rows that said what was there already.'),
    alsoCreated: z.partialRecord(z.enum(kindNames), count).describe('Makes and models that the file names and that were not there.'),
    errors: z.array(fault),
  })
  .meta({ id: 'Import' });

const query = z.strictObject({ dryRun: z.enum(['true', 'false'], 'must be true or false').default('false').describe('Only tells what an import would do.') });

/** A file is in memory while it is read: at most this many at once, and a few more in line. */
const turns = new Turns({ running: 2, waiting: 8 });

export async function importRoutes(app: Api, deps: ApiDeps): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(Object.keys(mediaTypes), { parseAs: 'buffer', bodyLimit: tableLimits.bytes }, (_request, body, done) => done(null, body));
  for (const kind of allKinds) if (kind.cardinality === 'many') importRoute(app, deps, kind);
}

function importRoute(app: Api, { store }: ApiDeps, kind: AnyKind): void {
  app.post(
    `/clients/:clientId/${kind.path}/import`,
    {
      config: { operation: 'section.edit', section: kind.section },
      bodyLimit: tableLimits.bytes,
      schema: {
        ...words(
          `import${pascal(kind.path)}`,
          'Records',
          `Import ${kind.plural.toLowerCase()} from a CSV or Excel file`,
          'All rows or none. Of a workbook the sheet that is named like the kind is read, else the first one. A column `Id` of our own downloads finds the record to change; else its unique name does, and then blank cells change nothing. Links are given by the title of the record.',
        ),
        params: clientParams,
        querystring: query,
        consumes: Object.keys(mediaTypes),
        response: { 200: answer, ...problems('invalid_request', 'forbidden', 'not_found', 'wrong_stage', 'name_taken', 'stale_version', 'too_large', 'unsupported_media_type', 'import_invalid', 'limit_reached', 'busy', 'request_running', 'key_reused') },
      },
    },
    async (request) => {
      const client = clientOf(request);
      const dryRun = request.query.dryRun === 'true';
      await mustBeOpen(store, client, kind.section);
      const file = request.body as Buffer | undefined;
      const type = mediaTypes[(request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase()];
      if (!file || !type || file.length === 0) throw new Problem('invalid_request', 'The file is empty', { errors: [{ field: 'body', message: 'must be a CSV or Excel file' }] });
      return once(store, request, client.clientId, file, () =>
        turns.take(async () => {
          const plan = await planImport(store, client, kind, await read(file, type, kind));
          const shown = shownPlan(plan, dryRun);
          if (plan.faults.length > 0) {
            const more = plan.faults.length > faultLimit ? `, of which ${faultLimit} are listed` : '';
            const { errors, ...members } = shown;
            throw new Problem('import_invalid', `Nothing was imported: the file has ${plan.faults.length} faults${more}`, { members: { ...members, created: 0, updated: 0, alsoCreated: {}, errors } });
          }
          if (!dryRun) await carryOut(store, client, request.actor, kind, plan);
          return shown;
        }),
      );
    },
  );
}

async function read(file: Buffer, type: FileType, kind: AnyKind) {
  try {
    return await readTable(file, type, kind.plural);
  } catch (error) {
    if (!(error instanceof TableError)) throw error;
    throw new Problem('import_invalid', error.message, { members: { columns: [], rows: 0, created: 0, updated: 0, errors: [{ row: 1, column: null, field: null, message: error.message }] } });
  }
}

function shownPlan(plan: ImportPlan, dryRun: boolean): z.output<typeof answer> {
  const alsoCreated: z.output<typeof answer>['alsoCreated'] = {};
  for (const { kind } of plan.besides) alsoCreated[kind.name] = (alsoCreated[kind.name] ?? 0) + 1;
  return {
    dryRun,
    columns: plan.columns.map((column) => ({ ...column })),
    rows: plan.rows,
    created: plan.additions.length,
    updated: plan.changes.length,
    unchanged: plan.unchanged,
    alsoCreated,
    errors: plan.faults.slice(0, faultLimit).map((one) => ({ ...one })),
  };
}
