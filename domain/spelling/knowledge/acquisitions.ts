/** A maker that was bought, merged or renamed; the two names are related, never one spelling of the other. */
export interface Acquisition {
  name: string;
  now: string;
  year: number;
  source: string;
}

/**
 * Source per line: the public encyclopedia article on the transaction or the company. A split is listed by the part that took
 * over the business hardware.
 */
export const acquisitions: readonly Acquisition[] = [
  { name: '3Com', now: 'HP', year: 2010, source: 'https://en.wikipedia.org/wiki/3Com' },
  { name: 'Aerohive', now: 'Extreme Networks', year: 2019, source: 'https://en.wikipedia.org/wiki/Aerohive_Networks' },
  { name: 'Alcatel-Lucent', now: 'Nokia', year: 2016, source: 'https://en.wikipedia.org/wiki/Alcatel-Lucent' },
  { name: 'APC', now: 'Schneider Electric', year: 2007, source: 'https://en.wikipedia.org/wiki/APC_by_Schneider_Electric' },
  { name: 'Aruba', now: 'HPE', year: 2015, source: 'https://en.wikipedia.org/wiki/Aruba_Networks' },
  { name: 'Brocade', now: 'Broadcom', year: 2017, source: 'https://en.wikipedia.org/wiki/Brocade_Communications_Systems' },
  { name: 'Cumulus Networks', now: 'NVIDIA', year: 2020, source: 'https://en.wikipedia.org/wiki/Cumulus_Networks' },
  { name: 'EMC', now: 'Dell', year: 2016, source: 'https://en.wikipedia.org/wiki/Dell_EMC' },
  { name: 'Enterasys', now: 'Extreme Networks', year: 2013, source: 'https://en.wikipedia.org/wiki/Enterasys_Networks' },
  { name: 'Force10', now: 'Dell', year: 2011, source: 'https://en.wikipedia.org/wiki/Force10' },
  { name: 'HP', now: 'HPE', year: 2015, source: 'https://en.wikipedia.org/wiki/Hewlett_Packard_Enterprise' },
  { name: 'Liebert', now: 'Vertiv', year: 2016, source: 'https://en.wikipedia.org/wiki/Vertiv' },
  { name: 'Mellanox', now: 'NVIDIA', year: 2020, source: 'https://en.wikipedia.org/wiki/Mellanox_Technologies' },
  { name: 'Meraki', now: 'Cisco', year: 2012, source: 'https://en.wikipedia.org/wiki/Cisco_Meraki' },
  { name: 'Nimble Storage', now: 'HPE', year: 2017, source: 'https://en.wikipedia.org/wiki/Nimble_Storage' },
  { name: 'Pulse Secure', now: 'Ivanti', year: 2020, source: 'https://en.wikipedia.org/wiki/Ivanti' },
  { name: 'Ruckus', now: 'CommScope', year: 2019, source: 'https://en.wikipedia.org/wiki/Ruckus_Networks' },
  { name: 'Silver Peak', now: 'HPE', year: 2020, source: 'https://en.wikipedia.org/wiki/Silver_Peak_(company)' },
  { name: 'Tripp Lite', now: 'Eaton', year: 2021, source: 'https://en.wikipedia.org/wiki/Tripp_Lite' },
];
