import { table, type Table } from './table.js';

/** Name, category, vendor, version, server, address, licences, customer number, renewal, support, site, owner, notes. */
type Row = readonly [string, string, string, string, string, string, number | null, string, string, string, string, string, string];

const rows: readonly Row[] = [
  ['Dentrix Ascend', 'Practice management', 'Dentrix Support', '7.9', 'PDX-SRV-APP01', 'https://ascend.cascadiadental.example', 65, 'DX-55301', '2027-02-28', '(800) 555-0175', '', 'Priya Raghavan', 'Updates only after 18:00.\nAsk for the customer id.'],
  ['DEXIS Imaging', 'Imaging', 'Pacific X-Ray Service', '10.1.4', 'PDX-NAS01', '', 22, '10-4471', '', 'lorne@pacxray.example', 'Portland Main Clinic', '', 'Sensors are bound to the serial number of the workstation'],
  ['exocad DentalCAD', 'CAD', 'Alpenrand Milling Center', '3.2 Elefsina', '', '', 3, 'SM-010', '2026-12-31', '+41 61 555 01 82', 'Dental Lab Görlitz', '', '=Lizenz läuft auf den alten Namen'],
  ['QuickBooks Online', 'Accounting', '', '', 'cloud', 'https://qbo.intuit.example', 4, '', '2026-11-30', '', '', '', ''],
  ['Voicepoint Hosted PBX', 'Telephony', 'Voicepoint Hosted PBX', '', 'cloud', 'https://manage.voicepoint.example', 70, 'VP-2002-1', '', '(888) 555-0181', '', '', ''],
  ['Legacy X-ray archive', 'Imaging', '', '2.0', 'old PC under the desk', '', null, '', '', '', 'Salem Clinic', '', 'Read only; retired 2019'],
];

/** Programs and services from the MSP's own list. */
export function applicationsTable(): Table {
  return table(
    {
      file: 'applications.csv',
      records: 'applications',
      source: "the outgoing MSP's own list",
      format: { type: 'csv', delimiter: ';', newline: '\r\n', encoding: 'utf-8 with BOM', quoted: 'where needed' },
    },
    rows,
    [
      ['Application Name', (row) => row[0]],
      ['Type', (row) => row[1]],
      ['Vendor', (row) => row[2]],
      ['Version', (row) => row[3]],
      ['Server', (row) => row[4]],
      ['Web Address', (row) => row[5]],
      ['Seats', (row) => row[6]],
      ['Customer Number', (row) => row[7]],
      ['Renewal Date', (row) => row[8]],
      ['Support Contact', (row) => row[9]],
      ['Location', (row) => row[10]],
      ['Business Owner', (row) => row[11]],
      ['Monthly Cost', () => ''],
      ['Comments', (row) => row[12]],
    ],
  );
}
