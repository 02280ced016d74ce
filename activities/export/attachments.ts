import { distinctBatches, identityOf, type Resource } from '../../domain/it-glue/index.js';
import { MAX_ATTACHMENT_BYTES, type AttachmentFile, type AttachmentParent } from '../../it-glue/index.js';
import { markFailed, openEntries, readContent, Refusal, settledIds } from '../../store/index.js';
import { Blocked } from '../failures.js';
import { sendBatch, settle, type Channel, type Outgoing } from './batches.js';
import { readSource, type ExportContext } from './context.js';
import { inParallel } from './in-parallel.js';
import { readyEntries } from './waiting.js';

const all = 100_000;
/** Files in memory at a time: each may be as large as a request. */
const filesAtOnce = 2;

const parentPath: Readonly<Partial<Record<Resource, AttachmentParent>>> = {
  location: 'locations',
  contact: 'contacts',
  configuration: 'configurations',
  password: 'passwords',
};

interface File {
  readonly recordId: string;
  readonly fileName: string;
}

/** Uploads each file to its host, one request a file, so that at most a few are in memory at a time. */
export async function exportAttachments(context: ExportContext): Promise<void> {
  const open = await readyEntries(context, await openEntries(context.store, context.client, 'attachment', all));
  if (open.length === 0) return;
  const source = await readSource(context, ['attachment']);
  const parents = await settledIds(context.store, context.client, ['location', 'contact', 'configuration', 'password']);
  const byParent = new Map<string, Outgoing<File>[]>();
  for (const entry of open) {
    const content = source.get(entry.recordId)?.content;
    if (!content || !entry.parent) throw new Blocked('internal');
    const size = content['size'] as number | null;
    if (size !== null && size > MAX_ATTACHMENT_BYTES) {
      await markFailed(context.store, entry.id, [{ field: 'size', message: 'is too large for IT Glue, which takes 10 MB in one request' }]);
      continue;
    }
    const fileName = content['fileName'] as string;
    const identity = fileIdentity({ attachmentFileName: fileName, attachmentFileSize: size });
    const key = `${entry.parent.resource}/${entry.parent.recordId}`;
    byParent.set(key, [...(byParent.get(key) ?? []), { entry, sent: { recordId: entry.recordId, fileName }, identity }]);
  }
  const groups = [...byParent].map(([key, files]) => ({ files, parentId: parents.get(key), resource: key.split('/')[0] as Resource }));
  await inParallel(
    groups,
    async ({ files, parentId, resource }) => {
      const path = parentPath[resource];
      if (!path || !parentId) throw new Blocked('internal');
      await exportFiles(context, fileChannel(context, path, parentId), files);
    },
    filesAtOnce,
  );
}

async function exportFiles(context: ExportContext, channel: Channel<File>, files: readonly Outgoing<File>[]): Promise<void> {
  const interrupted = files.filter(({ entry }) => entry.state === 'intended');
  const missing = interrupted.length > 0 ? await settle(context, channel, interrupted, context.target.settleDelaysMs) : [];
  const fresh = files.filter(({ entry }) => entry.state === 'planned');
  for (const round of distinctBatches([...missing, ...fresh], (one) => one.identity, 1)) {
    for (const batch of round) await sendFile(context, channel, batch);
  }
}

async function sendFile(context: ExportContext, channel: Channel<File>, batch: readonly Outgoing<File>[]): Promise<void> {
  try {
    await sendBatch(context, channel, batch);
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'not_found') throw error;
    await markFailed(context.store, batch[0]!.entry.id, [{ field: null, message: 'has no content: the file was never uploaded' }]);
  }
}

function fileChannel(context: ExportContext, parent: AttachmentParent, parentId: string): Channel<File> {
  const { api } = context.target;
  const { signal } = context;
  return {
    resource: 'attachment',
    async create(files) {
      const file = await loadFile(context, files[0]!);
      return [await api.attachments.create(parent, parentId, file, { signal })];
    },
    list: () => api.attachments.list(parent, parentId, { signal }),
    identity: fileIdentity,
  };
}

async function loadFile(context: ExportContext, file: File): Promise<AttachmentFile> {
  const { bytes } = await readContent(context.store, context.client, file.recordId);
  const chunks: Buffer[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return { fileName: file.fileName, content: Buffer.concat(chunks) };
}

function fileIdentity(attributes: Readonly<Record<string, unknown>>): string {
  const fileName = attributes['attachmentFileName'] ?? attributes['name'];
  return `${identityOf('attachment', { fileName })}\u001f${String(attributes['attachmentFileSize'] ?? '')}`;
}
