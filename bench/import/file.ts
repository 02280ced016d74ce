import { createWriteStream } from 'node:fs';
import { once } from 'node:events';

export const header = ['Device UID', 'Device Hostname', 'Device Type', 'Description', 'Int IP Address', 'MAC Address', 'Operating System', 'Serial Number', 'Asset Tag', 'Install Date', 'Purchase Date', 'Warranty Date', 'Notes'];

/** What the columns fill, for the bare side, which is told. */
export const fields = [null, 'hostname', 'type', 'name', 'primaryIp', 'macAddress', 'operatingSystem', 'serialNumber', 'assetTag', 'installedAt', 'purchasedAt', 'warrantyExpiresAt', 'notes'] as const;

const hex = (number: number) => (number & 0xff).toString(16).padStart(2, '0').toUpperCase();

function row(index: number): string {
  const [high, middle, low] = [index >> 16, index >> 8, index];
  return [
    `a1b2c3d4-${index}`,
    `ws-${index}.corp.cedar.example`,
    ['Desktop', 'Laptop', 'Server'][index % 3]!,
    `WS-${index}`,
    `10.${high & 0xff}.${middle & 0xff}.${low & 0xff}`,
    `E2:38:D0:${hex(high)}:${hex(middle)}:${hex(low)}`,
    'Microsoft Windows 11 Pro 23H2',
    `SN${1_000_000 + index}`,
    `TAG-${index}`,
    `${(index % 12) + 1}/${(index % 28) + 1}/2024`,
    '2023-11-02',
    '2027-11-02',
    `"Front desk, desk number ${index}"`,
  ].join(',');
}

/** Writes a table of devices as an RMM tool exports it. */
export async function writeDevices(path: string, rows: number): Promise<void> {
  const file = createWriteStream(path);
  file.write(`${header.join(',')}\n`);
  for (let index = 0; index < rows; index += 1) if (!file.write(`${row(index)}\n`)) await once(file, 'drain');
  file.end();
  await once(file, 'finish');
}
