/** Asks the API for everything that can be asked for about clients: before their purge it shows no secret, after it nothing. */
import { inParallel } from '../../activities/export/in-parallel.js';
import type { Found, Look } from './database.js';
import { as, tokenOf, type World } from './people.js';
import type { Search } from './search.js';

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const patienceMs = 60_000;

/** Every GET of the document, by the role that sees most. Paths within a client get its id wherever an id is wanted. */
export async function apiAnswers(world: World, search: Search, clientIds: readonly string[]): Promise<Look> {
  const { api } = world.stack.info.urls;
  const { paths } = (await (await fetch(`${api}/openapi.json`, { signal: AbortSignal.timeout(patienceMs) })).json()) as Document;
  const asked = Object.entries(paths).flatMap(([path, verbs]) => {
    if (!('get' in verbs)) return [];
    return (path.includes('{') ? clientIds : clientIds.slice(0, 1)).map((clientId) => ({ path, url: api + filled(path, clientId) }));
  });
  const authorization = `Bearer ${tokenOf(world, 'administrator')}`;
  const found: Found[] = [];
  let bytes = 0;
  await inParallel(asked, async ({ path, url }) => {
    const answer = await fetch(url, { headers: { authorization }, signal: AbortSignal.timeout(patienceMs) });
    const body = await bodyOf(answer);
    bytes += body.length;
    found.push(...search.in(body).map((hit) => ({ ...hit, where: path })));
  });
  return { found, items: asked.length, bytes };
}

/** Whatever a person did came from somewhere, also where a worker carried it out; what a workflow did by itself came from nowhere. */
export async function placeless(world: World, clientIds: readonly string[]): Promise<string[]> {
  const wrong = new Set<string>();
  type Page = { items: readonly { action: string; party: string; clientId: string | null; address: string | null }[]; nextCursor: string | null };
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Page = await as(world, 'administrator').get<Page>('/audit', { limit: 200, ...(cursor === '' ? {} : { cursor }) });
    for (const { action, party, clientId, address } of page.items) {
      // Of another client the particulars are gone; the connection was set by the command that made the demo tenants.
      if ((clientId !== null && !clientIds.includes(clientId)) || action === 'it_glue_connection.set') continue;
      if ((party === 'system') !== (address === null)) wrong.add(`an audit entry ${action} ${address === null ? 'of a person names no network address' : 'of the service itself names one'}`);
    }
    cursor = page.nextCursor;
  }
  return [...wrong];
}

/** A stream of events never ends: what it begins with is enough. */
async function bodyOf(answer: Response): Promise<Buffer> {
  if (!answer.headers.get('content-type')?.startsWith('text/event-stream')) return Buffer.from(await answer.arrayBuffer());
  const reader = answer.body!.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return Buffer.from(value ?? []);
}

function filled(path: string, clientId: string): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => (name === 'section' ? 'msp' : name === 'page' ? 'passwords' : name === 'kind' ? 'password' : clientId));
}
