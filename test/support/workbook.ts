/** Workbooks part by part, for what no library writes. */
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';

export async function zipOf(parts: Readonly<Record<string, Buffer | Readable>>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [path, part] of Object.entries(parts)) {
    if (Buffer.isBuffer(part)) zip.addBuffer(part, path);
    else zip.addReadStream(part, path);
  }
  zip.end();
  return buffer(zip.outputStream);
}

const book = '<workbook xmlns:r="r"><sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>';
const rels = '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>';

/** A workbook with one sheet. */
export const workbookOf = (sheet: Buffer | Readable, more: Record<string, Buffer | Readable> = {}) =>
  zipOf({ 'xl/workbook.xml': Buffer.from(book), 'xl/_rels/workbook.xml.rels': Buffer.from(rels), 'xl/worksheets/sheet1.xml': sheet, ...more });
