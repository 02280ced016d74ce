import { Readable } from 'node:stream';
import { z } from 'zod';
import { kinds } from '../../domain/kinds/index.js';
import { fileLimitBytes, getRecord, noteFetched, readContent, writeContent } from '../../store/index.js';
import { contentDisposition } from '../content-disposition.js';
import { sniffed } from '../content-type.js';
import { clientOf } from '../plugins/auth.js';
import { Problem } from '../problem.js';
import { recordParams } from '../schemas/common.js';
import { recordSchema, shownRecord } from '../schemas/record.js';
import { mustBeOpen } from '../section-open.js';
import type { AnyKind } from '../../domain/kinds/index.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const kind = kinds.attachment as unknown as AnyKind;
const url = `/clients/:clientId/${kind.path}/:recordId/content`;
const bytes = { content: { '*/*': { schema: z.any().meta({ type: 'string', format: 'binary' }) } }, description: 'The bytes of the file.' };

/** The bytes of attachments, streamed both ways and never held whole. */
export async function attachmentRoutes(app: Api, { store }: ApiDeps): Promise<void> {
  await app.register(async (uploads: Api) => {
    // The body stays a stream; what its Content-Type claims is not believed.
    uploads.removeAllContentTypeParsers();
    uploads.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    uploads.put(
      url,
      {
        config: { operation: 'section.edit', section: kind.section },
        // Counted while it streams (below); this is what the framework compares Content-Length with.
        bodyLimit: fileLimitBytes,
        schema: {
          ...words('putAttachmentContent', 'Records', 'Upload the bytes of an attachment', 'At most 100 MB. The type is recognised from the bytes. Until the last one is in, the file before stays in force.'),
          params: recordParams,
          consumes: ['application/octet-stream'],
          response: { 200: recordSchema(kind), ...problems('invalid_request', 'forbidden', 'not_found', 'wrong_stage', 'too_large', 'limit_reached') },
        },
      },
      async (request) => {
        const announced = Number(request.headers['content-length'] ?? 0);
        if (announced > fileLimitBytes) throw tooLarge();
        const client = clientOf(request);
        await mustBeOpen(store, client, kind.section);
        const { contentType, content } = await sniffed(counted(request.body === undefined || request.body === null ? Readable.from([]) : (request.body as Readable)));
        const record = await writeContent(store, client, request.actor, request.params.recordId, contentType, content);
        return shownRecord(kind, record);
      },
    );
  });

  app.get(
    url,
    {
      config: { operation: 'section.read', section: kind.section },
      schema: {
        ...words('getAttachmentContent', 'Records', 'Download the bytes of an attachment', 'Noted in the history of the client.'),
        params: recordParams,
        response: { 200: bytes, ...problems('forbidden', 'not_found') },
      },
    },
    async (request, reply) => {
      const client = clientOf(request);
      const record = await getRecord(store, client, kind.name, request.params.recordId);
      const file = await readContent(store, client, record.id);
      await noteFetched(store, client, request.actor, record.id, file);
      return reply
        .type(String(record.content['contentType'] ?? 'application/octet-stream'))
        .header('content-length', file.size)
        .header('content-disposition', contentDisposition(String(record.content['fileName'])))
        .header('etag', `"${file.sha256}"`)
        .send(Readable.from(file.bytes, { objectMode: false, highWaterMark: 256 * 1024 }));
    },
  );
}

async function* counted(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > fileLimitBytes) throw tooLarge();
    yield chunk;
  }
}

const tooLarge = () => new Problem('too_large', `A file may have at most ${fileLimitBytes / 1024 / 1024} MB`);
