// The addresses that download-url points to. Whoever holds the address needs no key, as with the signed ones of the service.

import { ZipFile } from 'yazl';
import { exportReady } from '../definitions/account.js';
import { isObject } from '../json.js';
import { objectText } from '../envelope.js';
import type { Engine } from '../engine.js';
import { resources } from '../definitions/index.js';
import type { Reply } from '../server.js';
import type { ResourceName } from '../storage/rows.js';

const missing: Reply = { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'not found\n' };

/** Names in a header: ASCII in the plain form, everything in the extended one. */
function disposition(fileName: string): string {
  return `attachment; filename="${fileName.replace(/[^\x20-\x7e]|["\\]/g, '_')}"; filename*=UTF-8''${encodeURIComponent(fileName)}`;
}

const download = (body: Buffer, type: string, fileName: string): Reply => ({
  status: 200, body,
  headers: { 'content-type': type, 'content-disposition': disposition(fileName), 'x-content-type-options': 'nosniff', 'content-security-policy': "default-src 'none'; sandbox" },
});

export function attachmentFile(engine: Engine, [id = '', token = '']: readonly string[]): Reply {
  const values = engine.store.tables.attachments.get(id)?.body.values;
  if (values === undefined || values['token'] !== token) return missing;
  const bytes = engine.blobs.get(String(values['sha256']));
  return bytes === null ? missing : download(bytes, String(values['attachment_content_type']), String(values['attachment_file_name']));
}

const exported: readonly ResourceName[] = ['locations', 'contacts', 'configurations', 'passwords', 'domains'];

/** The picture a user was given. */
export function pictureFile(engine: Engine, [id = '']: readonly string[]): Reply {
  const avatar = engine.store.tables.users.get(id)?.body.values['avatar'] ?? null;
  return isObject(avatar) ? download(Buffer.from(String(avatar['content'] as string), 'base64'), 'application/octet-stream', String(avatar['file_name'] as string)) : missing;
}

/** A ZIP with one JSON file per kind of record; secrets are not part of it. */
export async function exportFile(engine: Engine, [id = '', token = '']: readonly string[]): Promise<Reply> {
  const row = engine.store.tables.exports.get(id);
  const scene = engine.scene(engine.url);
  if (row === undefined || row.body.values['token'] !== token || !exportReady(row.body.createdAt, scene)) return missing;
  const organization = row.body.values['organization_id'];
  const zip = new ZipFile();
  for (const name of exported) {
    const rows = typeof organization === 'string' ? scene.tables[name].group(organization) : scene.tables[name].list();
    const text = rows.map((each) => objectText(resources[name], each, scene, { form: 'full', secret: 'left out' }));
    zip.addBuffer(Buffer.from(`[${text.join(',\n')}]\n`), `${name}.json`);
  }
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer);
  return download(Buffer.concat(chunks), 'application/zip', `export-${id}.zip`);
}
