import { endpoints, infrastructure, peripherals, type Device } from './devices.js';
import { Chance } from './random.js';
import { table, type Table } from './table.js';

const pairs = (mac: string, separator: string) => mac.match(/../g)!.join(separator);
const ipOf = (device: Device) => (device.host === null ? '' : `${device.site.network}.${device.host}`);
const usDate = (day: string) => {
  const [year, month, date] = day.split('-');
  return `${Number(month)}/${Number(date)}/${year}`;
};
const realDate = (day: string) => new Date(`${day}T00:00:00Z`);

/** Device list of the RMM: semicolons and a byte order mark, because a German Excel saved it. */
export function rmmTable(): Table {
  const chance = new Chance(21);
  const devices = endpoints();
  const facts = devices.map((device, index) => ({
    uid: chance.text(8, '0123456789abcdef'),
    serial: chance.text(/dell/i.test(device.product?.[0] ?? '') ? 7 : 10),
    mac: chance.mac(),
    warranty: index % 5 === 4 ? '' : chance.day(2024, 2028),
    dhcp: `${device.site.network}.${100 + (index % 100)}`,
  }));
  return table(
    {
      file: 'datto-rmm-devices.csv',
      records: 'configurations',
      source: 'Datto RMM, device list',
      format: { type: 'csv', delimiter: ';', newline: '\n', encoding: 'utf-8 with BOM', quoted: 'where needed' },
    },
    devices,
    [
      ['Device UID', (_, index) => facts[index]!.uid],
      ['Device Name', (device) => device.name],
      ['Device Type', (device) => device.type],
      ['Site Name', (device) => device.site.name],
      ['FQDN', (device) => `${device.name.toLowerCase()}.corp.cascadiadental.example`],
      ['Int IP Address', (device, index) => ipOf(device) || facts[index]!.dhcp],
      ['Ext IP Address', () => '203.0.113.17'],
      ['MAC Address', (_, index) => pairs(facts[index]!.mac, ':')],
      ['Operating System', (device) => device.os],
      ['Service Pack', (device) => (device.os.includes('10 Pro') ? 'Build 19045' : '')],
      ['Manufacturer', (device) => device.product?.[0] ?? ''],
      ['Device Model', (device) => device.product?.[1] ?? ''],
      ['Serial Number', (_, index) => facts[index]!.serial],
      ['Assigned To', (device) => device.user],
      ['Domain', () => 'CORP'],
      ['Last Seen', (_, index) => `2026-05-${String((index % 28) + 1).padStart(2, '0')} 08:15`],
      ['Warranty Date', (_, index) => facts[index]!.warranty],
      ['Antivirus Product', () => 'Datto AV'],
      ['User-Defined Field 1', () => ''],
    ],
  );
}

/** Configurations of the PSA as a workbook with real dates, numbers and booleans. */
export function psaTable(): Table {
  const chance = new Chance(22);
  const devices = infrastructure();
  const facts = devices.map(() => ({
    // Some serial numbers are digits only, which a spreadsheet keeps as a number.
    serial: chance.integer(0, 3) === 0 ? chance.integer(10_000_000, 99_999_999) : chance.text(12),
    tag: chance.integer(1000, 1999),
    mac: chance.mac(),
    bought: chance.day(2018, 2024),
    warranty: chance.day(2024, 2029),
  }));
  const old = (device: Device) => device.name === 'VAN-NAS01' || device.name === 'BND-SW02';
  const gateway = (device: Device) => (device.type === 'Firewall' || device.host === null ? null : `${device.site.network}.1`);
  const notes: Readonly<Record<string, string>> = {
    'PDX-ESX01': 'Two power supplies, one per UPS.\nBoots VMs in order: DC01, FILES, DENTRIX.',
    'PDX-FW01': '- WAN1: Northwest Fiberlink\n- WAN2: LTE stick, prepaid',
    'GOE-SRV01': 'Fräsmaschine hängt an COM2; nicht vor 15:30 neu starten',
    'VAN-NAS01': '"Dead" since March, waiting for disposal',
  };
  return table(
    { file: 'connectwise-configurations.xlsx', records: 'configurations', source: 'ConnectWise Manage, configurations', format: { type: 'xlsx', sheet: 'Configurations' } },
    devices,
    [
      ['Configuration Name', (device) => device.name],
      ['Configuration Type', (device) => device.type],
      ['Status', (device) => (old(device) ? 'Inactive' : 'Active')],
      ['Serial Number', (_, index) => facts[index]!.serial],
      ['Tag Number', (_, index) => facts[index]!.tag],
      ['Manufacturer', (device) => device.product?.[0] ?? null],
      ['Model Number', (device) => device.product?.[1] ?? null],
      ['Site Name', (device, index) => (index % 11 === 7 ? ` ${device.site.name.toUpperCase()} ` : device.site.name)],
      ['Contact Name', (device) => (device.type === 'Server' ? contactOf(device) : null)],
      ['Purchase Date', (_, index) => realDate(facts[index]!.bought)],
      ['Install Date', (_, index) => new Date(realDate(facts[index]!.bought).getTime() + 14 * 86_400_000)],
      ['Installed By', (_, index) => (index % 4 === 0 ? 'Blue Heron / T. Lindqvist' : null)],
      ['Purchased From', (_, index) => (index % 5 === 0 ? 'CDW' : null)],
      ['Warranty Expiration Date', (_, index) => (index % 6 === 5 ? null : realDate(facts[index]!.warranty))],
      ['End of Life Date', (device) => (device.type === 'Switch' ? realDate('2029-04-30') : null)],
      ['IP Address', (device) => ipOf(device) || null],
      ['Default Gateway', gateway],
      ['MAC Address', (_, index) => (index % 3 === 0 ? facts[index]!.mac.toLowerCase().replace(/(....)(....)(....)/, '$1.$2.$3') : pairs(facts[index]!.mac, '-'))],
      ['OS Info', (device) => device.os || null],
      ['Rack', (device) => (device.site.code === 'PDX' ? `R1 U${10 + (device.host ?? 0)}` : null)],
      ['Inactive', old],
      ['Bill Customer', () => 'Do Not Bill'],
      ['Management Link', () => null],
      ['SLA', () => 'Standard'],
      ['Device Notes', (device) => notes[device.name] ?? null],
    ],
  );
}

function contactOf(device: Device): string {
  const contacts: Readonly<Record<string, string>> = {
    PDX: 'Priya Raghavan', SLE: 'Felicity Marsh', BND: 'Amelia Foss', VIC: 'Josée Tremblay', GOE: 'Jürgen Kühnel',
  };
  return contacts[device.site.code]!;
}

/** Devices of the second PSA: dates as Americans write them. */
export function secondPsaTable(): Table {
  const chance = new Chance(23);
  const devices = peripherals();
  const facts = devices.map((_, index) => ({
    serial: index % 7 === 6 ? '' : chance.text(11),
    mac: chance.mac(),
    installed: chance.day(2017, 2025),
    warranty: chance.day(2023, 2028),
  }));
  return table(
    {
      file: 'autotask-devices.csv',
      records: 'configurations',
      source: 'Autotask PSA, devices',
      format: { type: 'csv', delimiter: ',', newline: '\r\n', encoding: 'utf-8', quoted: 'where needed' },
    },
    devices,
    [
      ['Device Name', (device) => device.name],
      ['Category', (device) => device.type],
      ['Manufacturer', (device) => device.product?.[0] ?? ''],
      ['Product', (device) => device.product?.[1] ?? ''],
      ['Serial Number', (_, index) => facts[index]!.serial],
      ['Reference Number', (_, index) => `AT-${4400 + index}`],
      ['Location', (device) => device.site.name],
      ['Contact Name', (device) => (device.type === 'Imaging' && device.site.code === 'PDX' ? 'Marcus Ellery' : '')],
      ['Install Date', (_, index) => usDate(facts[index]!.installed)],
      ['Warranty Expiration Date', (_, index) => (index % 4 === 3 ? '' : usDate(facts[index]!.warranty))],
      ['IP Address', ipOf],
      ['MAC Address', (device, index) => (device.host === null ? '' : facts[index]!.mac)],
      ['Room', (device) => (device.type === 'Phone' ? 'Reception' : '')],
      ['Firmware', (device) => (device.type === 'Phone' ? '108.86.0.45' : '')],
      ['Contract Name', () => 'Managed Services 2023'],
      ['Notes', (device) => (device.type === 'Imaging' ? 'Service by Pacific X-Ray only; "do not patch"' : '')],
    ],
  );
}
