/** `npm run openapi -- --out FILE`: writes the OpenAPI document. Needs neither database nor Temporal: no route is called. */
import { realpathSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { buildApp } from './app.js';
import type { ApiDeps } from './types.js';

/** The document of the API as it is served at /openapi.json. */
export async function openapiDocument(): Promise<object> {
  const untouched = (name: string) =>
    new Proxy({}, { get: (_target, member) => (member === 'then' ? undefined : refuse(name, member)) }) as never;
  const deps: ApiDeps = {
    store: untouched('store'),
    process: untouched('process'),
    itGlue: { publicKey: untouched('publicKey'), standIn: null },
    settings: { DECISION_TIMEOUT_MS: 4_500, API_RATE_LIMIT: 3_000, TRUST_PROXY: false, DOWNLOAD_HOURS: 24, SESSION_IDLE_MINUTES: 30, SESSION_HOURS: 12 },
    logger: pino({ level: 'silent' }),
    auditKey: null,
  };
  const app = await buildApp(deps, { page: false });
  try {
    return app.swagger();
  } finally {
    await app.close();
  }
}

function refuse(name: string, member: string | symbol): never {
  throw new Error(`Making the document must not touch ${name}.${String(member)}`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
  const { values } = parseArgs({ options: { out: { type: 'string' } } });
  const text = `${JSON.stringify(await openapiDocument(), null, 2)}\n`;
  if (values.out) {
    await writeFile(values.out, text);
    process.stderr.write(`Wrote ${values.out}\n`);
  } else process.stdout.write(text);
}
