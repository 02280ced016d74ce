import { z } from 'zod';
import type { Api, ApiDeps } from '../types.js';

const state = z.enum(['ok', 'unreachable']);
const readiness = z.object({ status: z.enum(['ready', 'not_ready']), database: state, temporal: state }).meta({ id: 'Readiness' });

/** How long one look at the dependencies serves all who ask. */
const cacheMs = 1_000;
const probeMs = 1_500;

/**
 * `/livez` is shallow: a database that is away must not restart the process. `/readyz` says whether it can serve: the database
 * must answer; without Temporal data entry works, so it is told of but does not make the process unready.
 */
export async function healthRoutes(app: Api, { store, process }: ApiDeps): Promise<void> {
  let last: { at: number; answer: Promise<z.output<typeof readiness>> } | null = null;

  app.get('/livez', { logLevel: 'warn', schema: { operationId: 'livez', tags: ['Health'], summary: 'Whether the process runs', response: { 200: z.object({ status: z.literal('ok') }) } } }, async () => ({
    status: 'ok' as const,
  }));

  app.get(
    '/readyz',
    { logLevel: 'warn', schema: { operationId: 'readyz', tags: ['Health'], summary: 'Whether database and workflow service answer', response: { 200: readiness, 503: readiness } } },
    async (_request, reply) => {
      if (!last || last.at < Date.now() - cacheMs) last = { at: Date.now(), answer: look() };
      const answer = await last.answer;
      return reply.code(answer.status === 'ready' ? 200 : 503).send(answer);
    },
  );

  async function look(): Promise<z.output<typeof readiness>> {
    const [database, temporal] = await Promise.all([
      inTime(store.db.$queryRaw`SELECT 1`),
      process.check(new Date(Date.now() + probeMs)),
    ]);
    return { status: database ? 'ready' : 'not_ready', database: database ? 'ok' : 'unreachable', temporal: temporal ? 'ok' : 'unreachable' };
  }
}

async function inTime(work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), probeMs);
  });
  try {
    return await Promise.race([work.then(() => true, () => false), late]);
  } finally {
    clearTimeout(timer);
  }
}
