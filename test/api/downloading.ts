import type { Answer, TestApi, Who } from './support.js';

export const passphrase = 'violet kettle Monday 17 herring';

/** Has a download made and fetches its file. */
export async function download(test: TestApi, client: string, body: { format: 'json' | 'csv' | 'xlsx'; passwords?: 'include'; attachments?: 'include' }, who: Who = 'manager'): Promise<Answer> {
  const made = await test.call(who, 'POST', `/v1/clients/${client}/downloads`, body.passwords ? { ...body, passphrase } : body);
  if (made.status !== 201) return made;
  return test.call(who, 'GET', `${made.headers['location'] as string}/content`);
}
