import { z } from 'zod';
import { bodyAsWritten, type RequestBody } from '../bodies.js';
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
      const base64Bytes = Math.ceil(file.content.length / 3) * 4;
      const body = base64Bytes + ENVELOPE_BYTES <= MAX_BODY_BYTES ? bodyAsWritten(inJson(file)) : await multipart(file);
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
        body: bodyAsWritten(bulk(files).map(inJson)),
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

/** Strict base64: no line breaks, no data-URI prefix. These keys are the documented exception from kebab-case. */
function inJson(file: AttachmentFile): object {
  const content = Buffer.from(file.content.buffer, file.content.byteOffset, file.content.byteLength).toString('base64');
  return { type: 'attachments', attributes: { attachment: { content, file_name: file.fileName } } };
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
