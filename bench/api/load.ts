/** The same load for both sides: a fixed number of requests, so that none is cut off by the end of the time. */
import autocannon from 'autocannon';
import { request } from 'undici';
import type { Site } from './data.js';

const LIST_REQUESTS = 120;
const SAVE_REQUESTS = 240;
const PAGE = 100;

interface Page {
  readonly items: readonly { readonly company: string }[];
  readonly nextCursor: string | null;
}

/** Walks the pages of the list again and again. @returns milliseconds for each page that was answered */
export async function measureList(site: Site, connections: number): Promise<number> {
  const paths = await pagesOf(site);
  return perRequest(site, {
    connections,
    amount: LIST_REQUESTS,
    requests: paths.map((path) => ({ method: 'GET', path })),
  });
}

/** Each connection saves a record of its own, with the version that the answer before told. */
export async function measureSave(site: Site, connections: number): Promise<number> {
  const waiting = [...site.records];
  let saves = 0;
  return perRequest(site, {
    connections,
    amount: SAVE_REQUESTS,
    setupClient: (client) => {
      const record = waiting.shift();
      if (!record) throw new Error('There are more connections than records to save');
      client.setRequests([
        {
          method: 'PATCH',
          path: `/v1/clients/${record.clientId}/configurations/${record.recordId}`,
          setupRequest: (next) => {
            saves += 1;
            return { ...next, body: JSON.stringify({ version: record.version, fields: { notes: `Front desk, next to the printer. Looked at ${saves} times.` } }) };
          },
          onResponse: (_status, body) => {
            record.version = (JSON.parse(body) as { version: number }).version;
          },
        },
      ]);
    },
  });
}

function perRequest(site: Site, load: Omit<autocannon.Options, 'url'>): Promise<number> {
  const options = { ...load, url: site.url, headers: { ...site.headers, 'content-type': 'application/json' }, timeout: 30 };
  return new Promise((resolve, reject) => {
    const started = performance.now();
    let ended = started;
    const running = autocannon(options, (error: unknown, result) => {
      const answered = error ? 0 : result['2xx'];
      if (answered === load.amount) resolve((ended - started) / answered);
      else reject(error ?? new Error(`${site.url} answered ${answered} of ${load.amount} requests as it should`));
    });
    // The run itself ends at its next full second only.
    running.on('response', () => (ended = performance.now()));
  });
}

/** The address of each page, found by following the cursors once; also shows that the list is whole. */
async function pagesOf(site: Site): Promise<string[]> {
  const paths: string[] = [];
  let cursor: string | null = null;
  let companies = 0;
  do {
    const path: string = `/v1/clients?limit=${PAGE}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`;
    const answer = await request(`${site.url}${path}`, { headers: site.headers });
    const page = (await answer.body.json()) as Page;
    if (answer.statusCode !== 200) throw new Error(`${site.url}${path} answered ${answer.statusCode}`);
    companies += page.items.filter((item) => item.company !== '').length;
    paths.push(path);
    cursor = page.nextCursor;
  } while (cursor);
  if (companies !== paths.length * PAGE) throw new Error(`${site.url} lists ${companies} clients with their names on ${paths.length} pages`);
  return paths;
}
