import { allKinds } from '../../domain/kinds/index.js';
import { newClient, type Answer, type TestApi, type Who } from './support.js';

export const xlsx = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** The address of the imports of the section that a grid is in. */
export function importsUrl(client: string, path: string): string {
  const kind = allKinds.find((one) => one.path === path);
  return `/v1/clients/${client}/sections/${kind?.section ?? 'msp'}/imports`;
}

/** First step: sends a file and looks at what it means. */
export function sendFile(test: TestApi, client: string, path: string, file: unknown, type = 'text/csv', headers: Record<string, string> = {}, who: Who = 'administrator'): Promise<Answer> {
  return test.call(who, 'POST', `${importsUrl(client, path)}?records=${path}`, file, { 'content-type': type, ...headers });
}

/** Both steps: every row of a file, or the answer that refused one of the steps. */
export async function importFile(test: TestApi, client: string, path: string, file: unknown, type = 'text/csv', rows: 'all' | 'good' = 'all'): Promise<Answer> {
  const sent = await sendFile(test, client, path, file, type);
  if (sent.status !== 201) return sent;
  return test.call('administrator', 'POST', `${importsUrl(client, path)}/${sent.body.id}/carry-out`, { rows });
}

/** A client whose every section takes changes. */
export async function openClient(test: TestApi): Promise<string> {
  const id = await newClient(test);
  await test.store.db.client.update({ where: { id }, data: { stage: 'export_blocked' } });
  return id;
}
