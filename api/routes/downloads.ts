import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { allRecords, appendAudit, getClient, inTransaction, tellOfReveal } from '../../store/index.js';
import { writeCsvZip } from '../../tables/write-csv.js';
import { writeJson } from '../../tables/write-json.js';
import { writeXlsx } from '../../tables/write-xlsx.js';
import type { TableSource } from '../../tables/source.js';
import { contentDisposition } from '../content-disposition.js';
import { clientOf, demand } from '../plugins/auth.js';
import { clientParams } from '../schemas/common.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

interface Format {
  readonly name: 'JSON' | 'CSV' | 'Excel';
  readonly extension: string;
  readonly type: string;
  readonly about: string;
  readonly write: (client: { id: string; company: string; downloadedAt: Date }, source: TableSource) => Readable;
}

const formats: Readonly<Record<'json' | 'csv' | 'xlsx', Format>> = {
  json: {
    name: 'JSON',
    extension: 'json',
    type: 'application/json',
    about: 'Lossless: every field, and every link by id and title.',
    write: (client, source) => Readable.from(writeJson(client, source), { objectMode: false }),
  },
  csv: {
    name: 'CSV',
    extension: 'zip',
    type: 'application/zip',
    about: 'A ZIP with one file per kind (RFC 4180). Cells that a spreadsheet would run as a formula begin with an apostrophe; an import takes it away again.',
    write: (_client, source) => writeCsvZip(source),
  },
  xlsx: {
    name: 'Excel',
    extension: 'xlsx',
    type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    about: 'One sheet per kind.',
    write: (_client, source) => writeXlsx(source),
  },
};

const query = z.strictObject({
  passwords: z.enum(['include'], 'must be include, or left out').optional().describe('Puts passwords and other secrets in; noted in the history.'),
});

export async function downloadRoutes(app: Api, deps: ApiDeps): Promise<void> {
  for (const [path, format] of Object.entries(formats) as [keyof typeof formats, Format][]) {
    app.get(
      `/clients/:clientId/downloads/${path}`,
      {
        config: { operation: 'download' },
        schema: {
          ...words(`download${format.name}`, 'Downloads', `All data of a client as ${format.name}`, `${format.about} Without \`passwords=include\` secrets are left out.`),
          params: clientParams,
          querystring: query,
          response: {
            200: { description: `The file.`, content: { [format.type]: { schema: z.any().meta({ type: 'string', format: 'binary' }) } } },
            ...problems('invalid_request', 'forbidden', 'not_found'),
          },
        },
      },
      async (request, reply) => {
        const { source, client } = await opened(deps, request, format, request.query.passwords === 'include');
        return reply
          .type(format.type)
          .header('content-disposition', contentDisposition(`${client.company}.${format.extension}`))
          .send(format.write({ id: client.id, company: client.company, downloadedAt: new Date() }, source));
      },
    );
  }
}

/** Notes the download in the history before the first byte leaves, and opens the records for it. */
async function opened({ store }: ApiDeps, request: FastifyRequest, format: Format, passwords: boolean) {
  const key = clientOf(request);
  if (passwords) demand(request.actor, 'password.download', { clientId: key.clientId });
  const client = await getClient(store, key);
  await inTransaction(store, async (context) => {
    await appendAudit(context, { ...key, actorId: request.actor.userId, party: 'internal', action: 'download.made', details: { format: format.name, passwords } });
    if (passwords) await tellOfReveal(context, key, request.actor.userId);
  });
  const source: TableSource = { secrets: passwords ? 'included' : 'left_out', records: (kind) => allRecords(store, key, [kind.name]) };
  return { client, source };
}
