import { kinds, type KindName } from '../../domain/kinds/index.js';
import { allQuestions, allRecords, allRemarks, countRecords, getUsers, listRecords, readClientFacts, readContent, type Build, type ClientKey, type Progress, type Store, type StoredRecord } from '../../store/index.js';
import { FilePlaces } from '../../tables/file-names.js';
import type { DownloadSource } from '../../tables/write-download.js';
import type { QuestionJson, RemarkJson } from '../../tables/client-json.js';
import type { KeptRecord } from '../../tables/write-json.js';
import type { ZipPart } from '../../tables/zip.js';

/** From here on the whole could pass the 4 GB of ordinary ZIP files: the bytes of files, and a generous size of a record. */
const ordinaryBytes = 3 * 1024 ** 3;
const recordBytes = 8_192;

/** Everything that a download is made of, read as it is asked for, and how much of it was. */
export async function openSource(store: Store, client: ClientKey, build: Build): Promise<DownloadSource & { progress: () => Progress }> {
  const counts = await countRecords(store, [client.clientId]);
  const rowsTotal = counts.reduce((sum, { count }) => sum + count, 0);
  const files = build.attachments === 'included' ? await placesOf(store, client) : new Map<string, AttachedFile>();
  const filesBytes = [...files.values()].reduce((sum, { size }) => sum + size, 0);
  let [rowsDone, filesDone] = [0, 0];

  async function* records(kind: KeptRecord['kind']): AsyncGenerator<KeptRecord> {
    for await (const page of pagesAhead(store, client, kind)) {
      for (const record of page) {
        rowsDone += 1;
        yield { ...record, entered: record.marks.entered };
      }
    }
  }
  async function* parts(): AsyncGenerator<ZipPart> {
    for (const [recordId, { path }] of files) {
      const { bytes } = await readContent(store, client, recordId);
      yield { name: path, bytes };
      filesDone += 1;
    }
  }
  return {
    secrets: build.passwords,
    attachments: build.attachments,
    downloadedAt: build.startedAt,
    size: filesBytes + rowsTotal * recordBytes > ordinaryBytes ? 'huge' : 'ordinary',
    facts: await readClientFacts(store, client),
    records: (kind) => records(kind.name),
    questions: questionsOf(store, client),
    remarks: remarksOf(store, client),
    filePath: (recordId) => files.get(recordId)?.path ?? null,
    files: parts(),
    people: async (ids) => (await getUsers(store, client.tenantId, ids)).map(({ id, firstName, lastName }) => ({ id, name: `${firstName} ${lastName}`.trim() })),
    progress: () => ({ rowsDone, rowsTotal: Math.max(rowsTotal, rowsDone), filesDone, filesTotal: files.size }),
  };
}

const pageRecords = 500;

/** The records of a kind in pages. The next one is read while this one is written: database and processor wait for neither. */
async function* pagesAhead(store: Store, client: ClientKey, kind: KindName): AsyncGenerator<readonly StoredRecord[]> {
  const read = (after: number | null) => {
    const page = listRecords(store, client, kind, { limit: pageRecords, after });
    // Whoever stops early never asks for it; its error concerns nobody then.
    page.catch(() => undefined);
    return page;
  };
  for (let next: Promise<StoredRecord[]> | null = read(null); next !== null; ) {
    const page: StoredRecord[] = await next;
    next = page.length < pageRecords ? null : read(page.at(-1)!.position);
    yield page;
  }
}

interface AttachedFile {
  readonly path: string;
  readonly size: number;
}

/** Where each attachment goes that was uploaded, by the id of its record. */
async function placesOf(store: Store, client: ClientKey): Promise<Map<string, AttachedFile>> {
  const places = new FilePlaces();
  const files = new Map<string, AttachedFile>();
  for await (const { id, content } of allRecords(store, client, [kinds.attachment.name])) {
    const { fileName, size } = content as StoredRecord['content'] & { fileName: string; size: number | null };
    if (size !== null) files.set(id, { path: places.placeFor(fileName), size });
  }
  return files;
}

async function* questionsOf(store: Store, client: ClientKey): AsyncGenerator<QuestionJson> {
  for await (const { id, section, page, recordId, field, state, messages } of allQuestions(store, client)) {
    yield { id, section, page, recordId, field, state, messages: messages.map(({ at, ...message }) => ({ ...message, at: at.toISOString() })) };
  }
}

async function* remarksOf(store: Store, client: ClientKey): AsyncGenerator<RemarkJson> {
  for await (const { at, resolved, ...remark } of allRemarks(store, client)) {
    yield { ...remark, at: at.toISOString(), resolved: resolved && { ...resolved, at: resolved.at.toISOString() } };
  }
}
