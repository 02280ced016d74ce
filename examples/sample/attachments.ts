import { firewallBackup, floorPlan, letter, rackPhoto, register, textFile } from './documents.js';
import { table, type Table } from './table.js';

/** One file of the hand-over: its name, what it is, the record it belongs to (blank: the client as a whole), its bytes. */
export interface Document {
  readonly file: string;
  readonly description: string;
  readonly attachedTo: string;
  readonly bytes: () => Promise<Buffer>;
}

export const documents: readonly Document[] = [
  {
    file: 'Managed-Services-Agreement-2023.pdf', description: 'Contract with the outgoing MSP', attachedTo: '',
    bytes: () => letter('Managed Services Agreement', ['between Blue Heron Technology Services, Inc.', 'and Cascadia Dental Partners, LLC', 'Term: 36 months from 2023-06-01', 'Notice: 90 days', 'Exit: hand-over of all documentation within 30 days'], 3),
  },
  { file: 'Asset-Register-2026.xlsx', description: 'Counted by hand in January', attachedTo: '', bytes: () => register() },
  {
    file: 'Network-Overview.png', description: 'Six sites and their tunnels', attachedTo: '',
    bytes: () => Promise.resolve(floorPlan(900, 600, 41)),
  },
  {
    file: 'Handover-Notes.txt', description: 'What we would want to know in your place', attachedTo: '',
    bytes: () => Promise.resolve(textFile('Hand-over notes', ['Backups: nightly 22:00, off-site at 02:00', 'Dentrix updates only after 18:00', 'Görlitz works while Portland sleeps', 'Never reboot PDX-DENTRIX before 18:30'])),
  },
  { file: 'Cyber-Insurance-Certificate.pdf', description: 'Renewal 2026-09-01', attachedTo: '', bytes: () => letter('Certificate of Insurance', ['Insured: Cascadia Dental Partners, LLC', 'Cyber liability: 2,000,000 USD', 'MFA required on all remote access'], 1) },
  { file: 'PDX-FW01-backup.conf', description: 'Firewall configuration of last Sunday', attachedTo: 'PDX-FW01', bytes: () => Promise.resolve(firewallBackup('PDX-FW01', 51)) },
  { file: 'GOE-FW01-backup.conf', description: '', attachedTo: 'GOE-FW01', bytes: () => Promise.resolve(firewallBackup('GOE-FW01', 52)) },
  { file: 'PDX-ESX01-warranty.pdf', description: 'ProSupport until the end of next year', attachedTo: 'PDX-ESX01', bytes: () => letter('Warranty', ['System: PowerEdge R740', 'Service level: ProSupport, next business day'], 1) },
  { file: 'PDX-NAS01-disks.xlsx', description: 'Disks and their hours', attachedTo: 'PDX-NAS01', bytes: () => register('Disks') },
  { file: 'Portland-server-room.png', description: 'Photo of the rack, March', attachedTo: 'Portland Main Clinic', bytes: () => Promise.resolve(rackPhoto(1360, 1340, 61)) },
  { file: 'Salem-floor-plan.png', description: 'Outlets numbered', attachedTo: 'Salem Clinic', bytes: () => Promise.resolve(floorPlan(800, 500, 42)) },
  { file: 'Bend-floor-plan.png', description: 'Outlets numbered', attachedTo: 'Bend Clinic', bytes: () => Promise.resolve(floorPlan(760, 520, 43)) },
  { file: 'Übergabeprotokoll Görlitz.pdf', description: 'Schlüssel und Zähler, 3 Seiten', attachedTo: 'Dental Lab Görlitz', bytes: () => letter('Übergabeprotokoll', ['Dental Lab Görlitz, Brüderstraße 12', 'Schlüssel: 4 Stück', 'Zählerstand: 48 211 kWh'], 3) },
  { file: 'Raghavan-key-receipt.pdf', description: 'Keys 4 and 7', attachedTo: 'Priya Raghavan', bytes: () => letter('Receipt of keys', ['Received by: Priya Raghavan', 'Keys: 4 (server room), 7 (east door)'], 1) },
  { file: 'Kühnel-Notizen.txt', description: '', attachedTo: 'Jürgen Kühnel', bytes: () => Promise.resolve(textFile('Notizen', ['Fräse: Neustart nur nach 15:30', 'Lizenz-Dongle steckt hinten'])) },
  { file: 'High-Desert-Cable-invoice.pdf', description: 'Last invoice with the circuit id', attachedTo: 'High Desert Cable', bytes: () => letter('Invoice', ['High Desert Cable', 'Account 8155 60 012 0098812', 'Total due: 189.00 USD'], 1) },
  { file: 'Dentrix-support-plan.pdf', description: 'Premium, renews in May', attachedTo: 'Dentrix Support', bytes: () => letter('Support plan', ['Premium support', 'Customer id 55301'], 2) },
  { file: 'M365-break-glass.txt', description: 'Procedure, without the secret', attachedTo: 'Microsoft 365 global admin', bytes: () => Promise.resolve(textFile('Break glass', ['Two people, one phone each', 'Write the reason into the log'])) },
];

/** The manifest of the folder with the files. */
export function attachmentsTable(): Table {
  return table(
    {
      file: 'attachments.csv',
      records: 'attachments',
      source: "the outgoing MSP's own list of files",
      format: { type: 'csv', delimiter: ',', newline: '\n', encoding: 'utf-8', quoted: 'where needed' },
    },
    documents,
    [
      ['File', (one) => one.file],
      ['Description', (one) => one.description],
      ['Attached to', (one) => one.attachedTo],
    ],
  );
}
