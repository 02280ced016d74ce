// Files: taken as strict base64 inside JSON or as a multipart form, kept as bytes under their SHA-256.

import { createHash, randomBytes } from 'node:crypto';
import { extension, parentKey } from './definitions/attached.js';
import { invalid, missingParameter, unprocessable } from './errors.js';
import { isObject, type JsonObject } from './json.js';
import type { Blobs } from './storage/blobs.js';
import type { WriteContext } from './write.js';

const contentTypes: Readonly<Record<string, string>> = {
  txt: 'text/plain', csv: 'text/csv', pdf: 'application/pdf', png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif', json: 'application/json',
  xml: 'application/xml', zip: 'application/zip', doc: 'application/msword', docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xls: 'application/vnd.ms-excel', xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', md: 'text/markdown', log: 'text/plain',
};
const viewable = new Set(['txt', 'pdf', 'png', 'jpg', 'jpeg', 'gif', 'csv', 'doc', 'docx', 'xls', 'xlsx']);

export interface SentFile {
  readonly fileName: string;
  readonly bytes: Buffer;
}

/** The file of a JSON element; throws 422 for anything but plain base64 without line breaks or a data-URI head. */
export function fileOf(element: JsonObject, context: WriteContext): SentFile {
  const attributes = isObject(element['attributes']) ? element['attributes'] : {};
  const attachment = attributes['attachment'];
  if (!isObject(attachment)) throw missingParameter('attachment');
  const content = attachment['content'];
  const fileName = attachment['file_name'];
  const refused = [];
  if (typeof fileName !== 'string' || fileName.trim() === '') refused.push(invalid('attachment_file_name', "can't be blank", context.place));
  const bytes = typeof content === 'string' ? Buffer.from(content, 'base64') : Buffer.alloc(0);
  // Decoding skips what is not base64, so only content that comes out the same again was strict.
  if (bytes.length === 0 || bytes.toString('base64') !== content) refused.push(invalid('attachment', 'content is not valid base64', context.place));
  if (refused.length > 0) throw unprocessable(refused);
  return { fileName: fileName as string, bytes };
}

/** Keeps the file and its record under the parent; gives the record's id. */
export function saveAttachment(file: SentFile, parent: { segment: string; id: string }, blobs: Blobs, context: WriteContext): string {
  const sha256 = createHash('sha256').update(file.bytes).digest('hex');
  blobs.put(sha256, file.bytes);
  const id = context.nextId();
  const now = context.scene.now().toISOString();
  const ext = extension(file.fileName) ?? '';
  const values = {
    parent_key: parentKey(parent.segment, parent.id), resource_id: parent.id, resource_type: parent.segment, name: file.fileName,
    attachment_file_name: file.fileName, attachment_content_type: contentTypes[ext] ?? 'application/octet-stream', attachment_file_size: file.bytes.length,
    viewable: viewable.has(ext), sha256, token: randomBytes(18).toString('base64url'),
  };
  context.transaction.put('attachments', id, { values, createdAt: now, updatedAt: now });
  return id;
}

/** Fields of a multipart/form-data body; throws Error when the body does not keep to its boundary. */
export function readMultipart(body: Buffer, contentType: string): Map<string, SentFile> {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) throw new Error('no boundary');
  const fields = new Map<string, SentFile>();
  const mark = Buffer.from(`--${boundary}`);
  let at = body.indexOf(mark);
  if (at < 0) throw new Error('boundary not found');
  for (;;) {
    const start = at + mark.length;
    if (body.subarray(start, start + 2).toString('latin1') === '--') return fields;
    const headEnd = body.indexOf('\r\n\r\n', start);
    const next = headEnd < 0 ? -1 : body.indexOf(`\r\n--${boundary}`, headEnd + 2);
    if (next < 0) throw new Error('part without end');
    const head = body.subarray(start, headEnd).toString('utf8');
    const name = /\bname="([^"]*)"/i.exec(head)?.[1];
    const encodedName = /filename\*=utf-8''([^;\r\n]+)/i.exec(head)?.[1];
    const fileName = encodedName === undefined ? /filename="([^"]*)"/i.exec(head)?.[1] : decodeURIComponent(encodedName);
    if (name !== undefined) fields.set(name, { fileName: fileName ?? '', bytes: body.subarray(headEnd + 4, next) });
    at = next + 2;
  }
}
