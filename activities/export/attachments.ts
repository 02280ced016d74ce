import { distinctBatches, identityOf, type Resource } from '../../domain/it-glue/index.js';
import { MAX_ATTACHMENT_BYTES, type AttachmentFile, type AttachmentParent } from '../../it-glue/index.js';
import { markFailed, markPlanned, readContent, Refusal, settledIds } from '../../store/index.js';
import { Blocked } from '../failures.js';
import { sendBatch, settle, type Channel, type Outgoing } from './batches.js';
import { readSource, type ExportContext } from './context.js';
import { inParallel } from './in-parallel.js';
import { batchSize } from './records.js';
import { readyEntries } from './waiting.js';

const all = 100_000;
/** Files of one host that are less than this together (bytes) are uploaded as other records are sent. */
const lightBytes = 1_000_000;
/** Requests under way at a time for the other hosts: each may hold as much as a request may. */
const heavyAtOnce = 2;
/** Small files of one parent share a request up to this size, of the 10 MB that IT Glue takes. */
const sharedBytes = 8_000_000;
/** A file's name and what stands around it in the request. */
const envelopeBytes = 1_000;

const parentPath: Readonly<Partial<Record<Resource, AttachmentParent>>> = {
  location: 'locations',
  contact: 'contacts',
  configuration: 'configurations',
  password: 'passwords',
};

interface File {
  readonly recordId: string;
  readonly fileName: string;
  /** Bytes; null when it was never uploaded. */
  readonly size: number | null;
}

/** A record that files are attached to. */
interface Host {
  readonly channel: Channel<File>;
  readonly files: readonly Outgoing<File>[];
}

/** Uploads each file to its host, small ones of one host together, so that at most a few requests are in memory at a time. */
export async function exportAttachments(context: ExportContext): Promise<void> {
  const { entries } = await readyEntries(context, 'attachment', all);
  if (entries.length === 0) return;
  const [source, parents] = await Promise.all([readSource(context, entries), settledIds(context.store, context.client, ['location', 'contact', 'configuration', 'password'])]);
  const byParent = new Map<string, Outgoing<File>[]>();
  for (const entry of entries) {
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
    byParent.set(key, [...(byParent.get(key) ?? []), { entry, sent: { recordId: entry.recordId, fileName, size }, identity }]);
  }
  const hosts = [...byParent].map(([key, files]): Host => {
    const path = parentPath[key.split('/')[0] as Resource];
    const id = parents.get(key);
    if (!path || !id) throw new Blocked('internal');
    return { channel: fileChannel(context, path, id), files };
  });
  // Of all hosts before anything is sent: a stop ends the sending, but what became of every file that was on its way is found out.
  const open: Host[] = [];
  await inParallel(hosts, async (host) => void open.push(await settleFiles(context, host)));
  const isLight = ({ files }: Host) => files.reduce((sum, { sent }) => sum + (sent.size ?? Infinity), 0) < lightBytes;
  const upload = (host: Host) => exportFiles(context, host);
  await inParallel(open.filter(isLight), upload);
  await inParallel(open.filter((host) => !isLight(host)), upload, { atOnce: heavyAtOnce });
}

/** Finds out which files on their way have arrived. @returns the host with those that have not */
async function settleFiles(context: ExportContext, { channel, files }: Host): Promise<Host> {
  const interrupted = files.filter(({ entry }) => entry.state === 'intended');
  if (interrupted.length === 0) return { channel, files };
  const missing = await settle(context, channel, interrupted, context.target.settleDelaysMs);
  return { channel, files: [...missing, ...files.filter(({ entry }) => entry.state === 'planned')] };
}

async function exportFiles(context: ExportContext, { channel, files }: Host): Promise<void> {
  for (const round of distinctBatches(files, (one) => one.identity, batchSize)) {
    for (const batch of round.flatMap(bySize)) await sendFiles(context, channel, batch);
  }
}

/** Files that fit into one request together; those of unknown size go alone. */
function bySize(files: readonly Outgoing<File>[]): Outgoing<File>[][] {
  const batches: Outgoing<File>[][] = [];
  let room = 0;
  for (const file of files) {
    const { size } = file.sent;
    const bytes = size === null ? Infinity : Math.ceil(size / 3) * 4 + envelopeBytes;
    if (bytes <= room) batches.at(-1)!.push(file);
    else {
      batches.push([file]);
      room = sharedBytes;
    }
    room -= bytes;
  }
  return batches;
}

async function sendFiles(context: ExportContext, channel: Channel<File>, batch: readonly Outgoing<File>[]): Promise<void> {
  try {
    await sendBatch(context, channel, batch);
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'not_found') throw error;
    // Found out before anything was sent.
    if (batch.length === 1) return markFailed(context.store, batch[0]!.entry.id, [{ field: null, message: 'has no content: the file was never uploaded' }]);
    await markPlanned(context.store, context.hold, batch.map(({ entry }) => entry.id));
    for (const one of batch) await sendFiles(context, channel, [one]);
  }
}

function fileChannel(context: ExportContext, parent: AttachmentParent, parentId: string): Channel<File> {
  const { api } = context.target;
  const { signal } = context;
  return {
    resource: 'attachment',
    async create(files, intent) {
      const loaded: AttachmentFile[] = [];
      for (const file of files) loaded.push(await loadFile(context, file));
      if (loaded.length > 1) return api.attachments.createMany(parent, parentId, loaded, intent);
      return [await api.attachments.create(parent, parentId, loaded[0]!, intent)];
    },
    list: () => api.attachments.list(parent, parentId, { signal }),
    identity: fileIdentity,
  };
}

async function loadFile(context: ExportContext, file: File): Promise<AttachmentFile> {
  const { size, bytes } = await readContent(context.store, context.client, file.recordId);
  const content = Buffer.alloc(size);
  let at = 0;
  for await (const chunk of bytes) at += chunk.copy(content, at);
  return { fileName: file.fileName, content };
}

function fileIdentity(attributes: Readonly<Record<string, unknown>>): string {
  const fileName = attributes['attachmentFileName'] ?? attributes['name'];
  return `${identityOf('attachment', { fileName })}\u001f${String(attributes['attachmentFileSize'] ?? '')}`;
}
