import { z } from 'zod';
import { exportSnapshot } from '../../store/index.js';
import { ExportEvents } from '../export-events.js';
import { clientOf } from '../plugins/auth.js';
import { clientParams } from '../schemas/common.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';
import { shownProgress } from './exports.js';

const eventId = /^\d{1,16}$/;

export async function exportEventRoutes(app: Api, { store }: ApiDeps): Promise<void> {
  const events = new ExportEvents((client) => exportSnapshot(store, client));
  app.addHook('preClose', async () => events.close());

  app.get(
    '/clients/:clientId/exports/current/events',
    {
      config: { operation: 'export.read' },
      schema: {
        ...words(
          'followExport',
          'Exports',
          'Follow the export as it goes',
          'Server-sent events: `progress` while it runs, one `settled` at the end, each with the whole progress as data. The id rises with each change; send it as `Last-Event-ID` to go on after it. A comment comes every 15 s when nothing happens. When everything was seen already the answer is 204. A stream ends after 15 minutes at the latest; come back with the last id.',
        ),
        params: clientParams,
        response: {
          200: { description: 'The events.', content: { 'text/event-stream': { schema: z.any().meta({ type: 'string' }) } } },
          204: z.undefined().describe('The export has ended and its end was seen.'),
          ...problems('forbidden', 'not_found', 'too_many_requests'),
        },
      },
    },
    async (request, reply) => {
      const client = clientOf(request);
      const now = await exportSnapshot(store, client);
      const last = request.headers['last-event-id'];
      const seen = typeof last === 'string' && eventId.test(last) ? Number(last) : null;
      // The one answer after which a browser's EventSource does not come back.
      if (now.run.state !== 'running' && seen === now.version) return reply.code(204).send(undefined);
      const stream = events.stream({ client, now, seen, show: shownProgress, stillMay: () => app.stillMay(request) });
      stream.on('error', (error) => request.log.warn({ name: error.name }, 'a progress stream broke'));
      // Proxies must hand each event on at once.
      return reply.type('text/event-stream; charset=utf-8').header('x-accel-buffering', 'no').send(stream);
    },
  );
}
