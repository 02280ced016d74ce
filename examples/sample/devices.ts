import {
  accessPoints, cameras, desktops, firewalls, imaging, labelPrinters, laptops, powerSupplies, printers, servers, storage, switches, telephones,
  virtualMachine, type Product,
} from './makes.js';
import { fullName, mailUsers } from './people.js';
import { sites, type Site } from './sites.js';

/** A device before a tool gave it its columns. */
export interface Device {
  readonly name: string;
  readonly type: string;
  readonly site: Site;
  readonly product: Product | null;
  readonly os: string;
  readonly user: string;
  /** Last number of its address in the site's network, or null without a fixed one. */
  readonly host: number | null;
}

const turn = <T>(list: readonly T[], index: number): T => list[index % list.length]!;

// Only names that one person has can be told apart by a tool that writes names.
const soleName = (name: string) => mailUsers.filter((other) => fullName(other) === name).length === 1;

/** Computers that the RMM's agent reports: one for each mail user, treatment rooms, front desks. */
export function endpoints(): readonly Device[] {
  const own = mailUsers.map((person, index): Device => {
    const site = sites.find((one) => one.code === person.site)!;
    const mobile = /Lead|Director|Manager|Partner|Controller|Coordinator|Laborleiter/.test(person.title);
    const product = mobile ? turn(laptops, index) : turn(desktops, index);
    return {
      name: `${site.code}-${person.last.normalize('NFKD').replace(/[^A-Za-z]/g, '').slice(0, 8).toUpperCase()}${index === 16 ? '2' : ''}-${mobile ? 'LT' : 'PC'}`,
      type: mobile ? 'Laptop' : 'Desktop',
      site,
      product,
      os: /^apple/i.test(product[0]) ? 'macOS 14.6.1' : turn(['Windows 11 Pro', 'Microsoft Windows 10 Pro 22H2', 'Windows 10 Pro'], index),
      user: soleName(fullName(person)) ? fullName(person) : '',
      host: null,
    };
  });
  const rooms = sites.flatMap((site, at) =>
    Array.from({ length: site.code === 'PDX' ? 9 : 6 }, (_, index): Device => ({
      name: `${site.code}-${site.code === 'GOE' ? 'CAD' : 'OP'}${index + 1}`,
      type: 'Desktop',
      site,
      // Laptops that have become fixed places in the later rooms, as in every clinic.
      product: index > 4 ? turn(laptops, at * 3 + index) : turn(desktops, at * 5 + index),
      os: turn(['Windows 10 Pro', 'Microsoft Windows 11 Pro 23H2', 'Windows 11 Pro'], index),
      user: '',
      host: 60 + index,
    })),
  );
  return [...own, ...rooms];
}

/** Servers, network and power: what the PSA's configurations hold. */
export function infrastructure(): readonly Device[] {
  const network = sites.flatMap((site, at): Device[] => {
    const device = (name: string, type: string, product: Product, os: string, host: number | null): Device => ({
      name: `${site.code}-${name}`, type, site, product, os, user: '', host,
    });
    return [
      device('FW01', 'Firewall', turn(firewalls, at), at < 3 ? 'FortiOS 7.2.8' : '', 1),
      device('SW01', 'Switch', turn(switches, at), '', 2),
      device('SW02', 'Switch', turn(switches, at + 6), '', 3),
      device('AP01', 'Access Point', turn(accessPoints, at), '', 11),
      device('AP02', 'Access Point', turn(accessPoints, at + 3), '', 12),
      device('UPS01', 'UPS', turn(powerSupplies, at), '', at % 2 === 0 ? 5 : null),
    ];
  });
  const at = (code: string) => sites.find((site) => site.code === code)!;
  const core: [string, string, string, Product, string, number][] = [
    ['PDX-ESX01', 'Server', 'PDX', servers[0]!, 'VMware ESXi 7.0 U3', 20],
    ['PDX-DC01', 'Virtual Server', 'PDX', virtualMachine, 'Windows Server 2019 Standard', 21],
    ['PDX-DENTRIX', 'Virtual Server', 'PDX', virtualMachine, 'Windows Server 2022', 22],
    ['PDX-FILES', 'Virtual Server', 'PDX', virtualMachine, 'Windows Server 2019 Standard', 23],
    ['PDX-NAS01', 'NAS', 'PDX', storage[1]!, 'DSM 7.2.1', 30],
    ['SLE-SRV01', 'Server', 'SLE', servers[1]!, 'Windows Server 2016 Standard', 20],
    ['BND-SRV01', 'Server', 'BND', servers[3]!, 'Windows Server 2019 Standard', 20],
    ['VIC-SRV01', 'Server', 'VIC', servers[2]!, 'Windows Server 2022 Standard', 20],
    ['VIC-NAS01', 'NAS', 'VIC', storage[0]!, 'DSM 7.1', 30],
    ['VAN-NAS01', 'NAS', 'VAN', storage[3]!, 'QTS 5.1', 30],
    ['GOE-SRV01', 'Server', 'GOE', servers[4]!, 'Debian GNU/Linux 12', 20],
    ['GOE-NAS01', 'NAS', 'GOE', storage[2]!, 'DSM 7.2.1', 30],
  ];
  return [
    ...network,
    ...core.map(([name, type, code, product, os, host]): Device => ({ name, type, site: at(code), product, os, user: '', host })),
  ];
}

/** Printers, telephones, imaging and cameras: in the second PSA, which the MSP never migrated. */
export function peripherals(): readonly Device[] {
  return sites.flatMap((site, at): Device[] => {
    const device = (name: string, type: string, product: Product | null, os: string, host: number | null): Device => ({
      name, type, site, product, os, user: '', host,
    });
    return [
      device(`${site.code} Front Desk Printer`, 'Printer', turn(printers, at), '', 40),
      // The same name at every site: only site and serial number tell them apart.
      device('Label Printer', 'Printer', turn(labelPrinters, at), '', null),
      device(`${site.code} Reception Phone`, 'Phone', turn(telephones, at), '', 50),
      device(`${site.code} X-Ray`, 'Imaging', turn(imaging, at), '', at < 4 ? 80 : null),
      device(`${site.code} Entrance Camera`, 'Camera', turn(cameras, at), '', 90),
      ...(at === 0 ? [device('PDX Copier 2nd floor', 'Printer', printers[6]!, '', 41), device('PDX Air Compressor PLC', 'Other', null, '', 95)] : []),
    ];
  });
}
