import { z } from 'zod';
import { getExportRecord, listExportRecords, type ExportRecordView } from '../../store/index.js';
import { page, readCursor } from '../cursor.js';
import { clientOf } from '../plugins/auth.js';
import { clientParams, id, instant, iso, maybeInstant, maybeIso, pageOf, pageQuery, section } from '../schemas/common.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const record = z
  .object({
    clientId: id,
    company: z.string().nullable(),
    organizationId: z.string(),
    organizationUrl: z.string().nullable(),
    counts: z.record(z.string(), z.int()),
    phases: z.record(z.string(), z.string().nullable()),
    approvals: z.array(z.object({ section, role: z.string().nullable(), at: maybeInstant, standIn: z.boolean() })),
    skipped: z.int(),
    exportedAt: instant,
    purgeAt: maybeInstant,
    purgedAt: maybeInstant,
    certificate: z
      .object({ removed: z.record(z.string(), z.int()), keyDestroyedAt: instant, finishedAt: instant, policy: z.string(), sha256: z.string() })
      .nullable(),
  })
  .meta({ id: 'ExportRecord' });

export async function exportRecordRoutes(app: Api, { store }: ApiDeps): Promise<void> {
  const config = { operation: 'export_record.read' } as const;

  app.get(
    '/export-records',
    {
      config,
      schema: {
        ...words('listExportRecords', 'History', 'Records of export', 'What stays of each client after its data is gone. Newest client first.'),
        querystring: pageQuery,
        response: { 200: pageOf(record), ...problems('invalid_request', 'forbidden') },
      },
    },
    async ({ actor, query }) => {
      const after = readCursor('export-records', 'string', query.cursor);
      const rows = await listExportRecords(store, actor.tenantId, { limit: query.limit + 1, after });
      return page('export-records', query.limit, rows, (row) => row.clientId, shown);
    },
  );

  app.get(
    '/export-records/:clientId',
    {
      // The record outlives its client.
      config: { ...config, client: 'checked_by_handler' },
      schema: { ...words('getExportRecord', 'History', 'The record of export of a client'), params: clientParams, response: { 200: record, ...problems('forbidden', 'not_found') } },
    },
    async (request) => shown(await getExportRecord(store, clientOf(request))),
  );
}

function shown(row: ExportRecordView): z.output<typeof record> {
  return {
    ...row,
    counts: { ...row.counts },
    phases: { ...row.phases },
    approvals: row.approvals.map((one) => ({ ...one })),
    exportedAt: iso(row.exportedAt),
    purgeAt: maybeIso(row.purgeAt),
    purgedAt: maybeIso(row.purgedAt),
    certificate: row.certificate && { ...row.certificate, removed: { ...row.certificate.removed } },
  };
}
