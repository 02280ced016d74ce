import ExcelJS from 'exceljs';
import { fromBuffer, type Entry, type ZipFile } from 'yauzl';
import type { Cell } from './cells.js';
import { TableError, tableLimits } from './table-error.js';

/**
 * Rows of the sheet of that name, or of the first visible one. Read as a whole: the library's streaming reader keeps sheets in files of the
 * operating system while it works, in clear, and passwords are among them. @throws {TableError}
 */
export async function* readXlsx(file: Buffer, name: string | null): AsyncGenerator<Cell[]> {
  await checkUnpackedSize(file);
  const workbook = new ExcelJS.Workbook();
  try {
    // Sheets' looks are of no use here and cost most of the memory.
    await workbook.xlsx.load(file as never, { ignoreNodes: ['dataValidations', 'conditionalFormatting', 'drawing', 'picture', 'hyperlinks', 'extLst'] });
  } catch {
    throw new TableError('The file is not an Excel workbook (.xlsx)');
  }
  const named = workbook.worksheets.find((one) => name !== null && one.name.trim().toLowerCase() === name.toLowerCase());
  const sheet = named ?? workbook.worksheets.find((one) => one.state === 'visible') ?? workbook.worksheets[0];
  if (!sheet) throw new TableError('The workbook has no sheet');
  if (sheet.rowCount > tableLimits.rows * 2) throw new TableError(`The file may have at most ${tableLimits.rows} rows`);
  for (let number = 1; number <= sheet.rowCount; number += 1) {
    const row = sheet.findRow(number);
    const cells: Cell[] = [];
    row?.eachCell({ includeEmpty: true }, (cell) => cells.push(valueOf(cell.value)));
    yield cells;
  }
}

function valueOf(value: ExcelJS.CellValue): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'object' || value instanceof Date) return value;
  if ('richText' in value) return value.richText.map((part) => part.text).join('');
  if ('text' in value) return valueOf(value.text as ExcelJS.CellValue);
  if ('result' in value) return valueOf(value.result as ExcelJS.CellValue);
  // An error such as #N/A, or a formula that was never computed, says nothing.
  return null;
}

/** Adds up what the parts unpack to, as they themselves unpack: a size that is only claimed can be a lie. */
async function checkUnpackedSize(file: Buffer): Promise<void> {
  const zip = await new Promise<ZipFile>((resolve, reject) => {
    fromBuffer(file, { lazyEntries: true, validateEntrySizes: true }, (error, opened) => (error ? reject(new TableError('The file is not an Excel workbook (.xlsx)')) : resolve(opened)));
  });
  let unpacked = 0;
  await new Promise<void>((resolve, reject) => {
    zip.on('entry', (entry: Entry) => {
      unpacked += entry.uncompressedSize;
      if (unpacked > tableLimits.unpackedBytes) return reject(new TableError('The workbook is too large once unpacked'));
      measure(zip, entry).then(() => zip.readEntry(), reject);
    });
    zip.on('end', resolve);
    zip.on('error', () => reject(new TableError('The file is damaged')));
    zip.readEntry();
  });
}

/** Unpacks one part to nowhere; one that is larger than it claims ends with an error. */
function measure(zip: ZipFile, entry: Entry): Promise<void> {
  return new Promise((resolve, reject) => {
    const damaged = () => reject(new TableError('The file is damaged'));
    zip.openReadStream(entry, (error, stream) => {
      if (error) return damaged();
      stream.on('error', damaged).on('end', resolve).resume();
    });
  });
}
