import { Readable } from 'node:stream';
import { z } from 'zod';
import { resources, type Resource } from '../../domain/it-glue/index.js';
import { kindOf } from '../../domain/kinds/index.js';
import { stageWords, type Stage } from '../../domain/stages.js';
import { appendAudit, exportedOrganization, getClient, inTransaction, partyOf, Refusal, reportedRecords, type ClientKey, type LedgerState, type ReportedRecord } from '../../store/index.js';
import { csvOfRows } from '../../tables/write-csv.js';
import { jsonOfItems } from '../../tables/write-json.js';
import { contentDisposition } from '../content-disposition.js';
import { clientOf } from '../plugins/auth.js';
import { clientParams } from '../schemas/common.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const stateWords: Readonly<Record<LedgerState, string>> = {
  planned: 'not created',
  intended: 'not known yet',
  created: 'created',
  existing: 'there before',
  failed: 'refused',
  skipped: 'skipped',
};

/** The tab of an organization's pages that shows a resource; manufacturers and models have no page of their own. */
const tabs: Readonly<Partial<Record<Resource, string>>> = {
  location: 'locations',
  contact: 'contacts',
  configuration: 'configurations',
  password: 'passwords',
};

const line = z
  .object({
    kind: z.string(),
    title: z.string(),
    state: z.enum(Object.values(stateWords)),
    itGlueId: z.string().nullable(),
    link: z.string().nullable(),
    problems: z.string().describe('Field and reason of each refusal; for a skipped record also why a person left it out.'),
    recordId: z.uuid(),
    resource: z.enum(resources),
  })
  .meta({ id: 'ReportLine' });
type Line = z.output<typeof line>;

const columns = { kind: 'Kind', title: 'Title', state: 'State', itGlueId: 'IT Glue id', link: 'Link', problems: 'Problems' } as const;

const formats = {
  json: { type: 'application/json', schema: z.object({ records: z.array(line) }).meta({ id: 'ExportReport' }), write: (lines: AsyncIterable<Line>) => Readable.from(jsonOfItems('records', lines), { objectMode: false }) },
  csv: { type: 'text/csv', schema: z.any().meta({ type: 'string' }), write: (lines: AsyncIterable<Line>) => csvOfRows(Object.values(columns), rows(lines)) },
} as const;

export async function exportReportRoutes(app: Api, { store }: ApiDeps): Promise<void> {
  for (const [extension, format] of Object.entries(formats)) {
    app.get(
      `/clients/:clientId/exports/current/report.${extension}`,
      {
        config: { operation: 'export.read' },
        schema: {
          ...words(`exportReport${extension === 'json' ? 'Json' : 'Csv'}`, 'Exports', `What became of each record, as ${extension.toUpperCase()}`, 'Once the export has ended or waits for a person, until the data is removed.'),
          params: clientParams,
          response: {
            200: { description: 'One line for each record, in the order of creation.', content: { [format.type]: { schema: format.schema } } },
            ...problems('forbidden', 'not_found', 'wrong_stage'),
          },
        },
      },
      async (request, reply) => {
        const key = clientOf(request);
        const client = await getClient(store, key);
        if (!['export_blocked', 'retention'].includes(client.stage)) throw new Refusal('wrong_stage', `Not possible now: ${stageWords[client.stage as Stage]}`);
        const { url } = await exportedOrganization(store, key);
        // As JSON it is what a page shows; as CSV it leaves.
        if (extension === 'csv') await inTransaction(store, (context) => appendAudit(context, { ...key, actorId: request.actor.userId, party: partyOf(request.actor), action: 'export_report.downloaded', details: { format: extension } }));
        const stream = format.write(lines(key, url));
        stream.on('error', (error) => request.log.warn({ name: error.name }, 'a report broke'));
        return reply
          .type(`${format.type}; charset=utf-8`)
          .header('content-disposition', contentDisposition(`${client.company} export.${extension}`))
          .send(stream);
      },
    );
  }

  async function* lines(client: ClientKey, organizationUrl: string | null): AsyncGenerator<Line> {
    for await (const record of reportedRecords(store, client)) yield lineOf(record, organizationUrl);
  }
}

function lineOf(record: ReportedRecord, organizationUrl: string | null): Line {
  const refusals = record.problems.map(({ field, message }) => (field ? `${field}: ${message}` : message));
  return {
    kind: kindOf(record.kind).label,
    title: record.title,
    state: stateWords[record.state],
    itGlueId: record.itGlueId,
    link: organizationUrl && linkOf(record, organizationUrl),
    problems: [...(record.reason === null ? [] : [`skipped: ${record.reason}`]), ...refusals].join('; '),
    recordId: record.recordId,
    resource: record.resource,
  };
}

/** A file is seen on the page of its host. */
function linkOf({ resource, itGlueId, parent }: ReportedRecord, organizationUrl: string): string | null {
  if (itGlueId === null) return null;
  if (resource === 'organization') return organizationUrl;
  const shown = resource === 'attachment' ? parent : { resource, itGlueId };
  const tab = shown && tabs[shown.resource];
  return tab && shown.itGlueId ? `${organizationUrl}/${tab}/${shown.itGlueId}` : null;
}

async function* rows(lines: AsyncIterable<Line>): AsyncGenerator<string[]> {
  for await (const one of lines) yield (Object.keys(columns) as (keyof typeof columns)[]).map((name) => one[name] ?? '');
}
