import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { downloadLimits, fileTypeOf, passphraseFault } from '../../domain/downloads.js';
import { createDownload, fetchDownload, getClient, getDownload, listDownloads, passphrasePlace, Refusal, removeDownload, sealForWorkers, withdrawDownload, type ClientKey, type NewDownload } from '../../store/index.js';
import { clientJsonSchema } from '../../tables/client-json.js';
import { contentDisposition } from '../content-disposition.js';
import { clientOf, demand } from '../plugins/auth.js';
import { once } from '../plugins/idempotency.js';
import { clientParams, id } from '../schemas/common.js';
import { downloadBody, downloadList, showDownload, shownDownload, type DownloadBody } from '../schemas/download.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const downloadParams = clientParams.extend({ downloadId: id });
const bytes = { content: { '*/*': { schema: z.any().meta({ type: 'string', format: 'binary' }) } }, description: 'The file.' };

/** Files with a client's data, built by a worker and kept for a time. */
export async function downloadRoutes(app: Api, deps: ApiDeps): Promise<void> {
  const { store, settings } = deps;
  const config = { operation: 'download' } as const;

  app.post(
    '/clients/:clientId/downloads',
    {
      config,
      schema: {
        ...words(
          'createDownload',
          'Downloads',
          'Have a client\'s data written into a file',
          `As JSON (lossless; its schema is at \`/v1/schemas/client\`), as a ZIP of CSV files, or as an Excel workbook; CSV and Excel files import again without change. Answers 202 with a Location when it takes longer; ask there until it is ready. A file with attachments is a ZIP; one with passwords is a ZIP that your passphrase opens (WinZip AE-2, AES-256). Noted in the client's history. A client has at most ${downloadLimits.kept} of them, ${downloadLimits.building} being built.`,
        ),
        params: clientParams,
        body: downloadBody,
        response: { 201: shownDownload, 202: shownDownload, ...problems('invalid_request', 'forbidden', 'not_found', 'wrong_stage', 'invalid', 'limit_reached', 'request_running', 'answer_lost', 'key_reused', 'temporal_unavailable') },
      },
    },
    async (request, reply) => {
      const client = clientOf(request);
      const wanted = await wantedIn(request, client, request.body);
      // Whoever has the client's key could guess at the passphrase by its hash: it is no part of what tells two requests apart.
      const told = { ...request.body, passphrase: undefined };
      const { downloadId } = await once(store, request, client.clientId, told, async (store) => {
        const { id: downloadId } = await createDownload(store, client, request.actor, wanted);
        try {
          await deps.process.buildDownload({ ...client, downloadId }, new Date(Date.now() + settings.DECISION_TIMEOUT_MS - 300));
        } catch (error) {
          await withdrawDownload(store, client, downloadId);
          throw error;
        }
        return { downloadId };
      });
      const download = await getDownload(store, client, downloadId);
      reply.header('location', `/v1/clients/${client.clientId}/downloads/${downloadId}`);
      return download.state === 'building' ? reply.code(202).header('retry-after', '1').send(showDownload(download)) : reply.code(201).send(showDownload(download));
    },
  );

  app.get(
    '/clients/:clientId/downloads',
    { config, schema: { ...words('listDownloads', 'Downloads', 'The client\'s downloads that are kept', 'Newest first.'), params: clientParams, response: { 200: downloadList, ...problems('forbidden', 'not_found') } } },
    async (request) => ({ items: (await listDownloads(store, clientOf(request))).map(showDownload) }),
  );

  app.get(
    '/clients/:clientId/downloads/:downloadId',
    { config, schema: { ...words('getDownload', 'Downloads', 'A download', 'How far it is, and until when it is kept.'), params: downloadParams, response: { 200: shownDownload, ...problems('forbidden', 'not_found') } } },
    async (request) => showDownload(await getDownload(store, clientOf(request), request.params.downloadId)),
  );

  app.get(
    '/clients/:clientId/downloads/:downloadId/content',
    {
      config,
      exposeHeadRoute: false,
      schema: {
        ...words('getDownloadContent', 'Downloads', 'Fetch the file of a download', 'Noted in the client\'s history. A file with passwords is for the person who asked for it.'),
        params: downloadParams,
        response: { 200: bytes, ...problems('forbidden', 'not_found', 'wrong_stage') },
      },
    },
    async (request, reply) => {
      const client = clientOf(request);
      const { company } = await getClient(store, client);
      const download = await getDownload(store, client, request.params.downloadId);
      if (download.passwords === 'included') demand(request.actor, 'password.download', { clientId: client.clientId });
      const content = await fetchDownload(store, client, request.actor, download.id);
      const { extension, contentType } = fileTypeOf(download);
      return reply
        .type(contentType)
        .header('content-length', content.size)
        .header('content-disposition', contentDisposition(`${company}.${extension}`))
        .header('etag', `"${content.sha256}"`)
        .send(Readable.from(content.bytes, { objectMode: false, highWaterMark: 256 * 1024 }));
    },
  );

  app.delete(
    '/clients/:clientId/downloads/:downloadId',
    { config, schema: { ...words('removeDownload', 'Downloads', 'Remove a download', 'One that is being built stops.'), params: downloadParams, response: { 204: z.null().describe('Removed.'), ...problems('forbidden', 'not_found') } } },
    async (request, reply) => {
      await removeDownload(store, clientOf(request), request.actor, request.params.downloadId);
      return reply.code(204).send(null);
    },
  );

  const schema = clientJsonSchema();
  app.get(
    '/schemas/client',
    {
      config: { operation: 'self' },
      schema: { ...words('getClientSchema', 'Downloads', 'JSON Schema of the JSON download', 'Draft 2020-12. The same as docs/client.schema.json.'), response: { 200: z.record(z.string(), z.unknown()), ...problems() } },
    },
    () => schema,
  );

  /** What the body asks for, if it may be asked for so. */
  async function wantedIn(request: FastifyRequest, client: ClientKey, { format, passwords, attachments, passphrase }: DownloadBody): Promise<NewDownload> {
    const { company } = await getClient(store, client);
    if (passwords) demand(request.actor, 'password.download', { clientId: client.clientId });
    const fault = passwords ? (passphrase === undefined ? 'is needed for a download with passwords' : passphraseFault(passphrase, company)) : passphrase === undefined ? null : 'is for a download with passwords only';
    if (fault) throw new Refusal('invalid', `The passphrase ${fault}`, [{ field: 'passphrase', message: fault }]);
    return {
      format,
      passwords: passwords ? 'included' : 'left_out',
      attachments: attachments ? 'included' : 'left_out',
      seal: passphrase === undefined ? null : (downloadId) => sealForWorkers(deps.itGlue.publicKey, passphrasePlace(client, downloadId), passphrase),
      expiresAt: new Date(Date.now() + settings.DOWNLOAD_HOURS * 3_600_000),
    };
  }
}
