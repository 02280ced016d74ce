import { table, type Table } from './table.js';

export interface Site {
  readonly code: string;
  readonly name: string;
  /** Address, second line, city, state, zip, country: each tool's user wrote them differently. */
  readonly address: readonly [string, string, string, string, string, string];
  readonly phone: string;
  readonly fax: string;
  readonly hours: string;
  readonly access: string;
  readonly parking: string;
  readonly afterHours: string;
  readonly notes: string;
  /** First two numbers of the internal network, third number of the site. */
  readonly network: string;
}

export const sites: readonly Site[] = [
  {
    code: 'PDX', name: 'Portland Main Clinic', address: ['1420 NW Larkspur St', 'Suite 300', 'Portland', 'OR', '97209', 'USA'],
    phone: '(503) 555-0110', fax: '(503) 555-0111', hours: 'Mon-Fri 7:00-18:00, Sat 8:00-13:00',
    access: 'Key card at the east door; server room key with the office manager', parking: 'Garage P2, ticket is validated',
    afterHours: 'Priya Raghavan, (503) 555-0142', notes: 'Server room behind reception.\nNo food, "really".', network: '10.20.1',
  },
  {
    code: 'SLE', name: 'Salem Clinic', address: ['88 Court Street NE', '', 'Salem', 'Oregon', '97301', 'United States'],
    phone: '503-555-0120', fax: '503-555-0121', hours: 'Mon-Thu 7:30-17:00', access: 'Alarm code from the practice lead',
    parking: 'Street', afterHours: '', notes: '', network: '10.20.2',
  },
  {
    code: 'BND', name: 'Bend Clinic', address: ['2300 NE Juniper Ridge Rd', 'Unit B', 'Bend', 'OR', '97701', 'US'],
    phone: '541.555.0130', fax: '', hours: 'Mon-Fri 8:00-17:00', access: '', parking: 'Behind the building', afterHours: 'Landlord, 541.555.0139',
    notes: '=> new roof in spring, closet may be dusty', network: '10.20.3',
  },
  {
    // No country given: the two-letter state and the zip code tell it.
    code: 'VAN', name: 'Vancouver Clinic', address: ['510 Fort Plain Blvd', '', 'Vancouver', 'WA', '98660', ''],
    phone: '(360) 555-0140', fax: '(360) 555-0141', hours: 'Tue-Sat 8:00-17:00', access: 'Fob', parking: '', afterHours: '', notes: '', network: '10.20.4',
  },
  {
    code: 'VIC', name: 'Victoria Clinic', address: ['77 Wharfside Cres', 'Floor 2', 'Victoria', 'BC', 'V8W 0A1', 'Canada'],
    phone: '+1 250 555 0150', fax: '+1 250 555 0151', hours: 'Mon-Fri 8:00-16:30', access: 'Concierge', parking: 'None', afterHours: 'Building security, +1 250 555 0159',
    notes: 'Data stays in Canada.', network: '10.20.5',
  },
  {
    // The English name of a German state is in no list of regions, so it has to survive as text.
    code: 'GOE', name: 'Dental Lab Görlitz', address: ['Brüderstraße 12', 'Hinterhaus', 'Görlitz', 'Saxony', '02826', 'Germany'],
    phone: '+49 3581 555 0160', fax: '+49 3581 555 0161', hours: 'Mo-Fr 7:00-15:30', access: 'Schlüssel bei Frau Kühnel', parking: 'Innenhof', afterHours: 'Jürgen Kühnel',
    notes: 'Time difference 9 h: call before 8:00 Pacific.', network: '10.20.6',
  },
];

export function siteOf(code: string): Site {
  const site = sites.find((one) => one.code === code);
  if (!site) throw new Error(`No site has the code ${code}`);
  return site;
}

/** Company sites as ConnectWise Manage lists them, with four columns that the MSP added. */
export function sitesTable(): Table {
  return table(
    {
      file: 'connectwise-sites.csv',
      records: 'sites',
      source: 'ConnectWise Manage, company sites',
      format: { type: 'csv', delimiter: ',', newline: '\n', encoding: 'utf-8', quoted: 'where needed' },
    },
    sites,
    [
      ['Site Name', (site) => site.name],
      ['Address Line 1', (site) => site.address[0]],
      ['Address Line 2', (site) => site.address[1]],
      ['City', (site) => site.address[2]],
      ['State', (site) => site.address[3]],
      ['Zip', (site) => site.address[4]],
      ['Country', (site) => site.address[5]],
      ['Phone', (site) => site.phone],
      ['Fax', (site) => site.fax],
      ['Primary', (site) => (site.code === 'PDX' ? 'Yes' : 'No')],
      ['Territory', () => 'Northwest'],
      ['Tax Code', () => ''],
      ['Business Hours', (site) => site.hours],
      ['Access Instructions', (site) => site.access],
      ['Parking', (site) => site.parking],
      ['After Hours', (site) => site.afterHours],
      ['Site Notes', (site) => site.notes],
    ],
  );
}
