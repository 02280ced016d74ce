/** The baseline: the same cells through exceljs' streaming writer into nothing; no database, no keys, no file. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import ExcelJS from 'exceljs';
import { columnsOf } from '../../tables/columns.js';
import { untilToldToEnd } from '../main/baseline.js';
import { configuration, device, titles } from './data.js';

const columns = columnsOf(configuration, 'left_out');

async function write(rows: number): Promise<number> {
  const output = new PassThrough();
  let size = 0;
  output.on('data', (bytes: Buffer) => (size += bytes.length));
  const book = new ExcelJS.stream.xlsx.WorkbookWriter({ stream: output, useStyles: true, useSharedStrings: false });
  const sheet = book.addWorksheet(configuration.plural);
  sheet.addRow(columns.map(({ header }) => header)).commit();
  const links = Object.fromEntries(Object.keys(configuration.references).map((name) => [name, name in titles ? { id: randomUUID(), title: titles[name as keyof typeof titles] } : null]));
  for (let index = 0; index < rows; index += 1) {
    const record = { id: randomUUID(), kind: configuration.name, position: index, content: device(index), references: {}, links };
    const cells = columns.map(({ type, value }) => {
      const cell = value(record);
      return type === 'date' && typeof cell === 'string' ? new Date(cell) : cell;
    });
    sheet.addRow(cells).commit();
    // It pushes without looking back: what it made must be taken now and then.
    if (index % 200 === 0) await nextTurn();
  }
  sheet.commit();
  await book.commit();
  return size;
}

const server = createServer((request, response) => {
  write(Number(request.url!.slice(1))).then(
    (size) => response.end(String(size)),
    (error: unknown) => response.writeHead(500).end(String(error)),
  );
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
await untilToldToEnd({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
server.close();
