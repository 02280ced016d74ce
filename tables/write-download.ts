import { isBare, type DownloadChoice } from '../domain/downloads.js';
import { inPieces } from './pieces.js';
import { csvParts } from './write-csv.js';
import { writeJson, type ClientSource } from './write-json.js';
import { writeXlsx } from './write-xlsx.js';
import { zipOf, type ZipPart } from './zip.js';

/** What a download is made of. */
export interface DownloadSource extends ClientSource {
  /** Files of the client with the place that each gets in the ZIP; none where they are left out. */
  readonly files: AsyncIterable<ZipPart>;
  /** Whether a file or the whole may pass 4 GB. */
  readonly size: 'ordinary' | 'huge';
}

/** A download's bytes, made as fast as they are taken. @param passphrase needed with passwords */
export function writeDownload(choice: DownloadChoice, source: DownloadSource, passphrase: string | null): AsyncIterable<Uint8Array> {
  if (choice.passwords === 'included' && passphrase === null) throw new TypeError('Passwords leave in a file with a passphrase only');
  if (isBare(choice)) return choice.format === 'json' ? inPieces(writeJson(source)) : writeXlsx(source, source.downloadedAt);
  return zipOf(parts(choice, source), { passphrase, size: source.size, at: source.downloadedAt });
}

async function* parts({ format }: DownloadChoice, source: DownloadSource): AsyncGenerator<ZipPart> {
  switch (format) {
    case 'json':
      yield { name: 'client.json', bytes: inPieces(writeJson(source)) };
      break;
    case 'csv':
      yield* csvParts(source);
      break;
    case 'xlsx':
      yield { name: 'client.xlsx', bytes: writeXlsx(source, source.downloadedAt) };
  }
  yield* source.files;
}
