import { z } from 'zod';
import { jsonBodyOf, type RequestBody } from '../bodies.js';
import { MAX_BODY_BYTES, type Caller } from '../caller.js';
import { read, readIncluded, readOne, type ItGlueId, type ItGlueRecord } from '../envelope.js';
import { route } from '../routes.js';
import { bulk, readCreated, sameId, type CallOptions } from './organization-records.js';

/** What a file may hang on, of the kinds that an onboarding creates. Organizations cannot have attachments. */
export type AttachmentParent = 'configurations' | 'contacts' | 'locations' | 'passwords';

export interface AttachmentFile {
  readonly fileName: string;
  readonly content: Uint8Array;
}

const attachment = z.object({
  name: read.text,
  attachmentFileName: read.text,
  attachmentContentType: read.text,
  /** Bytes. */
  attachmentFileSize: read.count,
  createdAt: read.text,
});
export type Attachment = z.output<typeof attachment>;

/** Room for the multipart envelope around a file. */
const ENVELOPE_BYTES = 2_048;

/** The largest file that can be sent: 10 MB of request body less the envelope. */
export const MAX_ATTACHMENT_BYTES = MAX_BODY_BYTES - ENVELOPE_BYTES;

export interface Attachments {
  /** One file in one request, never repeated: base64 in JSON, or multipart where base64 would pass the size limit. */
  create(parent: AttachmentParent, parentId: ItGlueId, file: AttachmentFile, options?: CallOptions): Promise<ItGlueRecord<Attachment>>;
  /** Several files of one parent in one request; `tooLarge` before sending when they do not fit together. */
  createMany(
    parent: AttachmentParent,
    parentId: ItGlueId,
    files: readonly AttachmentFile[],
    options?: CallOptions,
  ): Promise<ItGlueRecord<Attachment>[]>;
  /** The files of one parent, read through the parent's own page (the documented way). */
  list(parent: AttachmentParent, parentId: ItGlueId, options?: CallOptions): Promise<ItGlueRecord<Attachment>[]>;
}

export function attachments(caller: Caller): Attachments {
  const nested = (parent: AttachmentParent, id: ItGlueId) => route(`/${parent}/:id/relationships/attachments`, { id });

  return {
    async create(parent, parentId, file, options = {}) {
      const body = base64Length(file.content) + ENVELOPE_BYTES <= MAX_BODY_BYTES ? inJson([file], 'object') : await multipart(file);
      return caller.write({
        route: nested(parent, parentId),
        body,
        records: 1,
        ...options,
        check: (answer) => readOne(answer, attachment),
      });
    },

    async createMany(parent, parentId, files, options = {}) {
      if (files.length === 0) return [];
      return caller.write({
        route: nested(parent, parentId),
        body: inJson(bulk(files), 'array'),
        records: files.length,
        ...options,
        check: (answer) => readCreated(answer, attachment, files.length),
      });
    },

    list: async (parent, parentId, options = {}) =>
      caller.read({
        route: route(`/${parent}/:id`, { id: parentId }),
        query: [['include', 'attachments'], ...(parent === 'passwords' ? [['show_password', 'false'] as const] : [])],
        ...options,
        check: (answer) => {
          sameId(readOne(answer, z.object({})), parentId);
          return readIncluded(answer, 'attachments', attachment);
        },
      }),
  };
}

/** Bytes that are written as base64 at a time; divisible by three, so that the pieces join without padding. */
const PIECE_BYTES = 48 * 1024;

/**
 * Strict base64: no line breaks, no data-URI prefix. The keys are the documented exception from kebab-case. Written straight
 * into the body: as strings, a file of 7 MB would be in memory five times.
 */
function inJson(files: readonly AttachmentFile[], form: 'object' | 'array'): RequestBody {
  const frames = files.map(({ fileName }) => JSON.stringify({ type: 'attachments', attributes: { attachment: { content: '', file_name: fileName } } }));
  const [open, close] = form === 'array' ? ['{"data":[', ']}'] : ['{"data":', '}'];
  const length = files.reduce((sum, { content }, index) => sum + Buffer.byteLength(frames[index]!) + base64Length(content), open.length + close.length + files.length - 1);
  const bytes = Buffer.allocUnsafe(length);
  let at = bytes.write(open);
  for (const [index, { content }] of files.entries()) {
    const [before, after] = splitOnce(frames[index]!, '"content":"');
    at += bytes.write(`${index > 0 ? ',' : ''}${before}`, at);
    for (let start = 0; start < content.length; start += PIECE_BYTES) {
      const piece = content.subarray(start, start + PIECE_BYTES);
      at += bytes.write(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('base64'), at, 'latin1');
    }
    at += bytes.write(after, at);
  }
  bytes.write(close, at);
  return jsonBodyOf(bytes);
}

const base64Length = (content: Uint8Array) => Math.ceil(content.length / 3) * 4;

/** The text up to and with the mark, and the rest. */
function splitOnce(text: string, mark: string): [string, string] {
  const end = text.indexOf(mark) + mark.length;
  return [text.slice(0, end), text.slice(end)];
}

async function multipart(file: AttachmentFile): Promise<RequestBody> {
  const form = new FormData();
  form.set('data[type]', 'attachments');
  form.set('data[attributes][attachment]', new Blob([file.content as Uint8Array<ArrayBuffer>]), file.fileName);
  const encoded = new Response(form);
  return {
    bytes: Buffer.from(await encoded.arrayBuffer()),
    contentType: encoded.headers.get('content-type') ?? 'multipart/form-data',
  };
}
