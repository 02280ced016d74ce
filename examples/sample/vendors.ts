import { table, type Table } from './table.js';

/** Company, service, account, first name, last name, title, phone, ext, mail, website, site, important, notes. */
type Row = readonly [string, string, string, string, string, string, string, string, string, string, string, boolean, string];

const rows: readonly Row[] = [
  ['Northwest Fiberlink', 'Internet, fiber 1 Gbit', 'NWF-448-2210', 'Dana', 'Whitfield', 'Account Manager', '(503) 555-0171', '44', 'dana.whitfield@nwfiberlink.example', 'https://portal.nwfiberlink.example', 'Portland Main Clinic', true, 'Circuit 12/KRGN/004417'],
  ['High Desert Cable', 'Internet, coax 500/50', '8155 60 012 0098812', '', '', '', '541.555.0172', '', 'business@hdcable.example', 'www.hdcable.example', 'Bend Clinic', false, ''],
  ['Island Telecom Ltd.', 'Internet and voice', 'IT-99120', 'Gord', 'Leclerc', 'Support', '+1 250 555 0173', '', 'gord@islandtel.example', '', 'Victoria Clinic', true, ''],
  ['Oberlausitz Netz GmbH', 'Internet, VDSL', 'KD 2210-77', 'Anke', 'Müller', 'Kundenbetreuung', '+49 3581 555 0174', '', 'anke.mueller@ol-netz.example', 'https://kunden.ol-netz.example/portal', 'Dental Lab Görlitz', false, 'Störungen nur telefonisch – nicht per Mail'],
  ['Dentrix Support', 'Practice management software', 'DX-55301', '', '', '', '(800) 555-0175', '2', 'support@dentrix-help.example', 'https://dentrix-help.example/tickets', '', true, 'Have the customer id ready.\nUpdates only after 18:00.'],
  ['Pacific X-Ray Service', 'Imaging maintenance', '10-4471', 'Lorne', 'McBride', 'Field Engineer', '(360) 555-0176', '', 'lorne@pacxray.example', '', '', true, ''],
  ['Ledgerline CPAs', 'Bookkeeping', '', 'Margaret', 'Oyelaran', 'CPA', '(503) 555-0177', '12', 'office@ledgerline.example', 'https://ledgerline.example', 'Portland Main Clinic', false, ''],
  ['CopyCo Oregon, Inc.', 'Copiers, lease', '0044120', 'Sal', 'Ferrante', '', '(503) 555-0178', '9', 'service@copyco.example', '', '', false, 'Meter readings on the 25th'],
  ['Evergreen Alarm', 'Alarm and cameras', 'EA/7712', '', '', '', '(503) 555-0179', '', '', 'https://evergreenalarm.example', 'Salem Clinic', true, ''],
  ['Registrar Direct', 'Domains, DNS', 'cascadiadental', '', '', '', '', '', 'help@registrardirect.example', 'registrardirect.example/login', '', false, 'Auto-renew is off!'],
  ['Voicepoint Hosted PBX', 'Telephones', 'VP-2002-1', 'Tamsin', 'Okafor', 'Customer Success', '(888) 555-0181', '', 'tamsin.okafor@voicepoint.example', 'https://manage.voicepoint.example', '', true, ''],
  ['Alpenrand Milling Center', 'Lab milling', 'SM-010', 'Rolf', 'Zürcher', 'Technik', '+41 61 555 01 82', '', 'rolf@milling.example', '', 'Dental Lab Görlitz', false, '@Rolf: CAM-Lizenz läuft auf den alten Namen'],
  ['Shred & Safe', 'Document destruction', '=SS-1', '', '', '', '(503) 555-0183', '', 'pickup@shredsafe.example', '', 'Portland Main Clinic', false, ''],
  ['Cascade Backup Cloud', 'Off-site backup', 'ccb-7731', 'Mei', "D’Angelo", 'Partner Support', '(206) 555-0184', '', 'mei@cascadebackup.example', 'https://vault.cascadebackup.example', '', true, '14 TB plan; retention 1 year'],
];

/** Suppliers from the MSP's own list, saved by Excel on Windows in the system's code page. */
export function vendorsTable(): Table {
  return table(
    {
      file: 'vendors.csv',
      records: 'vendors',
      source: "the outgoing MSP's own list",
      format: { type: 'csv', delimiter: ',', newline: '\r\n', encoding: 'windows-1252', quoted: 'where needed' },
    },
    rows,
    [
      ['Vendor Name', (row) => row[0]],
      ['Service', (row) => row[1]],
      ['Account Number', (row) => row[2]],
      ['Contact First Name', (row) => row[3]],
      ['Contact Last Name', (row) => row[4]],
      ['Contact Title', (row) => row[5]],
      ['Phone', (row) => row[6]],
      ['Ext', (row) => row[7]],
      ['Email', (row) => row[8]],
      ['Website', (row) => row[9]],
      ['Location', (row) => row[10]],
      ['Critical', (row) => (row[11] ? 'Y' : 'N')],
      ['Terms', () => 'Net 30'],
      ['1099', () => ''],
      ['Notes', (row) => row[12]],
    ],
  );
}
