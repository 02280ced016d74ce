import { domain } from './forms.js';
import { fullName, mailOf, mailUsers } from './people.js';
import { Chance } from './random.js';
import { sites } from './sites.js';
import { table, type Table } from './table.js';

interface Credential {
  readonly name: string;
  readonly username: string;
  readonly password: string;
  readonly url: string;
  readonly notes: string;
  readonly otp: string;
  readonly category: string;
  readonly resource: string;
  readonly archived: boolean;
}

const credential = (name: string, username: string, password: string, more: Partial<Credential> = {}): Credential => ({
  name, username, password, url: '', notes: '', otp: '', category: '', resource: '', archived: false, ...more,
});

const letters = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const signs = '!#$%&*+-=?@_.~';

/** All secrets are made up from the seed; a few are chosen because spreadsheets and importers mangle their like. */
export function credentials(): readonly Credential[] {
  const chance = new Chance(31);
  const secret = (length = 14) => chance.text(length - 2, letters) + chance.text(1, signs) + chance.text(1, '0123456789');

  const devices = sites.flatMap((site, at): Credential[] => [
    credential(`${site.code} firewall admin`, 'admin', secret(18), { url: `https://${site.network}.1:8443`, category: 'Network', resource: `${site.code}-FW01` }),
    credential(`${site.code} switch`, 'manager', secret(), { url: `${site.network}.2`, category: 'Network', resource: `${site.code}-SW01` }),
    credential(`${site.code} Wi-Fi staff`, '', secret(20), { notes: at === 1 ? 'SSID: CDP-Staff\nVLAN 20, hidden' : 'SSID: CDP-Staff', category: 'Wireless', resource: `${site.code}-AP01` }),
    credential(`${site.code} camera`, 'root', secret(), { category: 'Network', resource: `${site.code} Entrance Camera` }),
  ]);

  const servers: Credential[] = [
    credential('ESXi root', 'root', secret(20), { url: 'https://10.20.1.20/ui', category: 'Server', resource: 'PDX-ESX01' }),
    credential('iDRAC', 'root', secret(16), { url: 'https://10.20.1.19', category: 'Server', resource: 'PDX-ESX01', notes: 'License: Enterprise' }),
    credential('Domain Administrator', 'CORP\\Administrator', '@tSign#leads-22', { category: 'Domain', resource: 'PDX-DC01', notes: 'Break glass, sealed envelope too.\n1. Call Priya.\n2. Log it.\n3. Change it afterwards.' }),
    credential('DSRM', '', secret(24), { category: 'Domain', resource: 'PDX-DC01' }),
    credential('Dentrix SQL sa', 'sa', '=SUM(A1:A9)*Molar!4', { category: 'Database', resource: 'PDX-DENTRIX' }),
    credential('NAS admin', 'admin', 'Comma,"Quote",Mix;9', { url: 'https://10.20.1.30:5001', category: 'Storage', resource: 'PDX-NAS01', otp: 'JBSWY3DPEHPK3PXP' }),
    credential('Victoria NAS admin', 'admin', secret(), { category: 'Storage', resource: 'VIC-NAS01' }),
    credential('Labor-NAS', 'verwalter', 'Größe&Übermut_ß7', { category: 'Storage', resource: 'GOE-NAS01', notes: 'Benutzer „verwalter“, nicht admin' }),
    credential('Labor-Server root', 'root', ' begins and ends with blanks ', { category: 'Server', resource: 'GOE-SRV01' }),
    credential('Old Vancouver NAS', 'admin', secret(), { category: 'Storage', resource: 'VAN-NAS01', archived: true }),
    credential('X-Ray acquisition PC', 'xray', '-dash-First9', { category: 'Application', resource: 'PDX X-Ray' }),
    // Equal names on different devices: the device tells them apart.
    credential('Local Administrator', '.\\Administrator', secret(), { category: 'Server', resource: 'SLE-SRV01' }),
    credential('Local Administrator', '.\\Administrator', secret(), { category: 'Server', resource: 'BND-SRV01' }),
    credential('Local Administrator', '.\\Administrator', secret(), { category: 'Server', resource: 'VIC-SRV01' }),
  ];

  const services: Credential[] = [
    credential('Microsoft 365 global admin', `admin@${domain}`, chance.text(64, letters + signs), { url: 'https://admin.microsoft365.example', category: 'Cloud', otp: 'GEZDGNBVGY3TQOJQ' }),
    credential('Domain registrar', 'cascadiadental', "'tis-the-Season_12", { url: 'registrardirect.example/login', category: 'Cloud' }),
    credential('DNS', 'cascadiadental', secret(), { url: 'https://dns.registrardirect.example', category: 'Cloud', otp: 'MFRGGZDFMZTWQ2LK' }),
    credential('Dentrix portal', 'cdp-office', secret(), { url: 'https://dentrix-help.example/tickets', category: 'Application', notes: 'Customer id 55301' }),
    credential('Insurance clearing house', 'CDP0001', '+49-Zahn!plus', { url: 'https://claims.example/login?site=or&lang=en', category: 'Application' }),
    credential('Bank card terminal PIN', '', '0042', { category: 'Finance', notes: '=> change after go-live' }),
    credential('Alarm code Salem', '', '1e10', { category: 'Physical', notes: 'Master: "1e10", cleaner has their own' }),
    credential('Voicemail PIN', '', '7421', { category: 'Telephone' }),
    // An old and a new key under one name, as such lists always hold.
    credential('Guest Wi-Fi', 'guest', 'smile-2024-guest', { category: 'Wireless' }),
    credential('Guest Wi-Fi', 'guest', 'smile-2025-guest', { category: 'Wireless' }),
    credential('Backup encryption key', '', 'line one of the key\nline two of the key\nline three', { category: 'Backup', notes: 'Three lines, all of them needed' }),
    credential('Backup console', 'ops@blueheron.test', secret(22), { url: 'https://vault.cascadebackup.example', category: 'Backup', otp: 'NBSWY3DPO5XXE3DE' }),
    credential('PBX portal', 'cdp-admin', 'pipe|semi;colon\\back/slash', { url: 'https://manage.voicepoint.example', category: 'Telephone' }),
    credential('Website CMS', 'webmaster', '<b>&amp;</b>%00%2F', { url: 'https://www.cascadiadental.example/wp-admin', category: 'Application' }),
    credential('Social media', 'cascadiadental', 'clé-ñandú-€5-🦷', { category: 'Marketing' }),
    credential('Copier address book', '', 'TRUE', { category: 'Application' }),
    credential('ISP Portland', 'NWF-448-2210', secret(), { url: 'https://portal.nwfiberlink.example', category: 'Network' }),
    credential('ISP Bend', '8155600120098812', secret(), { url: 'www.hdcable.example', category: 'Network' }),
    credential('ISP Victoria', 'IT-99120', secret(), { category: 'Network' }),
    credential('ISP Görlitz', 'KD 2210-77', secret(), { url: 'https://kunden.ol-netz.example/portal', category: 'Network' }),
    credential('Payroll', 'hr@cascadiadental.example', secret(), { url: 'https://payroll.example', category: 'Finance', otp: 'KRSXG5CTMVRXEZLU' }),
    credential('Bookkeeping', 'ledgerline', secret(), { url: 'https://books.example/cdp', category: 'Finance' }),
    credential('Remote support', 'blueheron', secret(), { category: 'Application', notes: 'Belongs to the outgoing MSP; ends with the contract', archived: true }),
    credential('Apple Business Manager', 'abm@cascadiadental.example', secret(), { url: 'https://business.apple.example', category: 'Cloud', otp: 'ONSWG4TFOQQGM4TP' }),
  ];

  // People who gave the MSP their own sign-in for set-up.
  const own = mailUsers.slice(0, 24).map((person, index) =>
    credential(`Mailbox ${fullName(person)}${index === 16 ? ' (Salem)' : ''}`, mailOf(person, index), secret(16), { category: 'Email' }),
  );
  return [...devices, ...servers, ...services, ...own];
}

/** Passwords in the columns of an IT Glue export. */
export function passwordsTable(): Table {
  return table(
    {
      file: 'itglue-passwords.csv',
      records: 'passwords',
      source: 'IT Glue, passwords',
      format: { type: 'csv', delimiter: ',', newline: '\r\n', encoding: 'utf-8', quoted: 'where needed' },
    },
    credentials(),
    [
      ['Name', (one) => one.name],
      ['Username', (one) => one.username],
      ['Password', (one) => one.password],
      ['URL', (one) => one.url],
      ['Notes', (one) => one.notes],
      ['OTP', (one) => one.otp],
      ['Category', (one) => one.category],
      ['Resource', (one) => one.resource],
      ['Archived', (one) => (one.archived ? 'Yes' : 'No')],
      ['Organization', () => 'Cascadia Dental Partners, LLC'],
      ['Password Updated At', (_, index) => `2025-${String((index % 12) + 1).padStart(2, '0')}-03 11:20:00 UTC`],
    ],
  );
}
