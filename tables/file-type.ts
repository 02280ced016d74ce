import { fileTypeFromBuffer } from 'file-type';
import type { ByteSource } from './byte-source.js';
import { TableError } from './table-error.js';

export type FileType = 'csv' | 'xlsx';

const sendAs = 'save it as an Excel workbook (.xlsx) or as CSV and send that';

/** What old Excel files and encrypted workbooks begin with. */
const compoundFile = Buffer.from('d0cf11e0a1b11ae1', 'hex');
const encryptedPackage = Buffer.from('EncryptedPackage', 'utf16le');

/** Files that people send by mistake and that begin in a way no table does. Shorter beginnings could be the name of a column. */
const foreign: ReadonlySet<string> = new Set(['pdf', 'png', 'jpg', 'gif', 'webp', 'tif', 'gz', '7z', 'rar', 'rtf', 'xz', 'sqlite', 'elf', 'mp4', 'psd']);

/** Tells a workbook from a text by the bytes; what the sender calls it is not believed. @throws {TableError} naming what it is instead */
export async function fileTypeOf(file: ByteSource): Promise<FileType> {
  const head = await file.range(0, Math.min(file.size, 4_100));
  if (head.length === 0) throw new TableError('The file is empty');
  if (head.subarray(0, 8).equals(compoundFile)) {
    throw new TableError((await holds(file, encryptedPackage)) ? `The workbook is protected by a password: take the protection away, ${sendAs}` : `The file is an old Excel file (.xls): ${sendAs}`);
  }
  if (head[0] === 0x50 && head[1] === 0x4b) return 'xlsx';
  const known = await fileTypeFromBuffer(head);
  if (known && foreign.has(known.ext)) {
    throw new TableError(`The file is a ${known.ext.toUpperCase()} file, no table: send a CSV file or an Excel workbook (.xlsx)`);
  }
  return 'csv';
}

async function holds(file: ByteSource, what: Buffer): Promise<boolean> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of file.chunks()) {
    const joined = Buffer.concat([rest, chunk]);
    if (joined.includes(what)) return true;
    rest = joined.subarray(-what.length);
  }
  return false;
}
