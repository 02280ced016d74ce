import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { v5 } from 'uuid';
import { z } from 'zod';
import type { Section } from '../../domain/kinds/index.js';
import { getImport, newId, peekImport, type Store } from '../../store/index.js';
import { idHeader } from '../../tables/columns.js';
import type { FileType } from '../../tables/file-type.js';
import { megabytes, tableLimits } from '../../tables/table-error.js';
import { importConfig as config, importsUrl as url, inWords, kindIn, records, refusals } from '../imports/checks.js';
import type { ImportContent, Imported } from '../imports/content.js';
import { importSchema, shownImport } from '../imports/shown.js';
import { fileHash, receive } from '../imports/steps.js';
import { clientOf } from '../plugins/auth.js';
import { idempotencyKey } from '../plugins/idempotency.js';
import { Problem } from '../problem.js';
import { sectionParams } from '../schemas/common.js';
import { mustBeOpen } from '../section-open.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const xlsx = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** What a request may call its file; null: it says nothing about it (browsers call a CSV file an old Excel file). */
const mediaTypes: Readonly<Record<string, FileType | null>> = {
  'text/csv': 'csv',
  'application/csv': 'csv',
  'text/plain': 'csv',
  'text/tab-separated-values': 'csv',
  [xlsx]: 'xlsx',
  'application/vnd.ms-excel': null,
  'application/octet-stream': null,
};

/** First step of an import: a file, and what it means. */
export async function importUploadRoutes(app: Api, { store }: ApiDeps): Promise<void> {
  // The body stays a stream: it is sealed as it comes.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(Object.keys(mediaTypes), (_request, payload, done) => done(null, payload));
  app.post(
    url,
    {
      config,
      bodyLimit: tableLimits.bytes,
      schema: {
        ...words(
          'createImport',
          'Records',
          'Send a CSV or Excel file and see what it means',
          `Changes nothing yet. At most ${megabytes(tableLimits.bytes)}, ${tableLimits.rows} rows and ${tableLimits.columns} columns; the file is kept sealed for 24 hours, for you alone. Of a workbook the sheet that is called like the records is read, else the first one. A column \`${idHeader}\` of our own downloads finds the record to change, else its unique name, else what an earlier import knew it by; then blank cells change nothing.`,
        ),
        params: sectionParams,
        querystring: z.strictObject({ records: records.describe('The grid that the rows belong to.') }),
        consumes: Object.keys(mediaTypes),
        response: { 201: importSchema, ...problems(...refusals, 'too_large', 'unsupported_media_type', 'request_running', 'key_reused') },
      },
    },
    async (request, reply) => {
      const client = clientOf(request);
      const kind = kindIn(request.params.section, request.query.records, 'query.records');
      const announced = Number(request.headers['content-length'] ?? 0);
      if (announced > tableLimits.bytes) throw tooLarge();
      await mustBeOpen(store, client, kind.section);
      const key = idempotencyKey(request);
      const importId = key === null ? newId() : v5([request.actor.tenantId, request.actor.userId, client.clientId, kind.name, key].join('\n'), importNamespace);
      // Left open when we stop reading: who sent too much shall still get the answer that says so.
      const sent = request.body === undefined || request.body === null ? Readable.from([]) : (request.body as Readable);
      const body = counted(sent.iterator({ destroyOnReturn: false }));
      const declared = mediaTypes[(request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase()] ?? null;
      const imported = (await inWords(() => receive(store, client, request.actor, kind, importId, body, declared))) ?? (await sentBefore(store, request, kind.section, importId, body));
      return reply.code(201).header('location', `/v1/clients/${client.clientId}/sections/${kind.section}/imports/${imported.id}`).send(shownImport(imported));
    },
  );
}

// Any fixed UUID will do: it keeps these names apart from names that others derive.
const importNamespace = '0c9a8a3e-52b1-4d0f-8f0e-8d7f2a6f9b11';

/** The import that a request with this Idempotency-Key began before, if it sends the same file. */
async function sentBefore(store: Store, request: FastifyRequest, section: Section, importId: string, body: AsyncIterable<Buffer>): Promise<Imported> {
  const client = clientOf(request);
  const hash = createHash('sha256');
  for await (const piece of body) hash.update(piece);
  const before = await peekImport(store, client, request.actor, importId);
  if (!before || before.state === 'receiving') throw new Problem('request_running', 'A request with this Idempotency-Key is still running', { retryAfter: 1 });
  if (before.fileHash !== fileHash(store, client, hash.digest('hex'))) {
    throw new Problem('key_reused', 'This Idempotency-Key was used for another request', { errors: [{ field: 'Idempotency-Key', message: 'belongs to a request with another file' }] });
  }
  return getImport<ImportContent>(store, client, request.actor, section, importId);
}

async function* counted(body: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const part of body) {
    const piece = part as Buffer;
    size += piece.length;
    if (size > tableLimits.bytes) throw tooLarge();
    yield piece;
  }
}

const tooLarge = () => new Problem('too_large', `A file may have at most ${megabytes(tableLimits.bytes)}`);
