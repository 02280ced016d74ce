/** A make and a model exactly as a tool or a person wrote them. */
export type Product = readonly [make: string, model: string];

// Case variants, legal forms, the make inside the model, old and new company names: as found in exports of real tools.
export const desktops: readonly Product[] = [
  ['Dell Inc.', 'OptiPlex 7090'], ['Dell', 'Optiplex 7090 Micro'], ['DELL', 'OPTIPLEX 3080'], ['dell inc.', 'Dell OptiPlex 5000'],
  ['Dell Inc.', 'OptiPlex 7010'], ['HP', 'EliteDesk 800 G6'], ['Hewlett Packard', 'HP EliteDesk 800 G6 DM'],
  ['Hewlett-Packard', 'HP ProDesk 600 G5 SFF'], ['HP Inc.', 'ProDesk 400 G7'], ['hp', 'Elitedesk 800 G5'], ['LENOVO', 'ThinkCentre M720q'],
  ['Lenovo', 'ThinkCentre M90q Gen 3'], ['LENOVO', '11DUS0XX00'], ['Intel Corporation', 'NUC11TNHi5'],
  ['Intel(R) Client Systems', 'NUC10i5FNH'], ['Apple Inc.', 'iMac21,1'], ['Acer Inc.', 'Veriton X2665G'], ['Dell', 'optiplex 7090'],
];

export const laptops: readonly Product[] = [
  ['Dell Inc.', 'Latitude 5420'], ['Dell', 'Latitude 5430'], ['DELL', 'Dell Latitude 7420'], ['HP', 'EliteBook 840 G8'],
  ['HP', 'HP EliteBook 840 G8 Notebook PC'], ['Hewlett-Packard', 'HP ProBook 450 G8'], ['LENOVO', '20W0S0QT00'],
  ['Lenovo', 'ThinkPad T14 Gen 2'], ['LENOVO', 'ThinkPad X1 Carbon Gen 9'], ['Microsoft Corporation', 'Surface Pro 7'],
  ['Microsoft', 'Surface Laptop 4'], ['Apple', 'MacBook Pro (14-inch, 2021)'], ['Apple Inc.', 'MacBookAir10,1'], ['Acer', 'TravelMate P214-53'],
];

export const firewalls: readonly Product[] = [
  ['Fortinet', 'FortiGate 100F'], ['FORTINET INC', 'FG-60F'], ['Fortinet', 'FortiGate-60F'], ['SonicWALL', 'TZ470'], ['SonicWall', 'TZ 470'], ['LANCOM', '1793VAW'],
];

export const switches: readonly Product[] = [
  ['Cisco', 'Catalyst 9200L-24P-4G'], ['Cisco Systems, Inc.', 'WS-C2960X-24PS-L'], ['HPE', 'Aruba 2930F-24G PoE+ (JL255A)'],
  ['Aruba', '2930F 24G PoE'], ['Ubiquiti Networks Inc.', 'US-24-250W'], ['Ubiquiti', 'USW-Pro-24-PoE'], ['NETGEAR', 'GS724TPv2'],
  ['Netgear Inc.', 'GS108Ev3'], ['HPE', 'OfficeConnect 1820 8G'], ['TP-Link', 'TL-SG2210P'], ['D-Link', 'DGS-1210-10P'], ['LANCOM', 'GS-2310P+'],
];

export const accessPoints: readonly Product[] = [
  ['Ubiquiti', 'U6-Pro'], ['UBNT', 'UAP-AC-PRO'], ['Ubiquiti Networks Inc.', 'UniFi AP AC Pro'], ['Aruba Networks', 'AP-305'], ['LANCOM', 'LX-6400'], ['Ubiquiti', 'u6 pro'],
];

export const powerSupplies: readonly Product[] = [
  ['APC', 'Smart-UPS 1500'], ['American Power Conversion', 'SMT1500RM2U'], ['APC by Schneider Electric', 'Back-UPS Pro 1500'],
  ['CyberPower', 'OR1500LCDRM2U'], ['Eaton', '5P1550GR'], ['EATON', '5SC 1000i'],
];

export const servers: readonly Product[] = [
  ['Dell Inc.', 'PowerEdge R740'], ['Dell', 'PowerEdge T340'], ['Hewlett Packard Enterprise', 'ProLiant DL380 Gen10'], ['HPE', 'ProLiant ML30 Gen10 Plus'],
  ['Supermicro', 'SYS-5019D-FN8TP'],
];

export const storage: readonly Product[] = [['Synology Inc.', 'DS920+'], ['synology', 'RS1221+'], ['Synology', 'DS220+'], ['QNAP Systems, Inc.', 'TS-453D']];

export const virtualMachine: Product = ['VMware, Inc.', 'VMware7,1'];

export const printers: readonly Product[] = [
  ['HP', 'LaserJet Pro M404dn'], ['Hewlett-Packard', 'HP Color LaserJet MFP M479fdw'], ['Brother', 'HL-L6200DW'],
  ['Brother Industries Ltd.', 'MFC-L8900CDW'], ['Canon', 'imageRUNNER ADVANCE DX C3826i'], ['Xerox Corp.', 'VersaLink C405'], ['Kyocera', 'ECOSYS P3145dn'],
];

export const labelPrinters: readonly Product[] = [['Zebra', 'ZD421'], ['Zebra Technologies', 'ZD420'], ['DYMO', 'LabelWriter 450 Turbo']];

export const telephones: readonly Product[] = [['Yealink', 'SIP-T46U'], ['YEALINK', 'T46U'], ['Polycom', 'VVX 411'], ['Poly', 'VVX 450'], ['Snom Technology GmbH', 'D785']];

export const imaging: readonly Product[] = [
  ['Carestream Dental LLC', 'CS 8200 3D'], ['Dentsply Sirona', 'Orthophos SL'], ['Sirona', 'Primescan'], ['Planmeca Oy', 'ProMax 3D Mid'],
  ['PLANMECA', 'Emerald S'], ['3Shape A/S', 'TRIOS 4'],
];

export const cameras: readonly Product[] = [['Axis Communications AB', 'P3245-LV'], ['AXIS', 'M3085-V'], ['Hikvision', 'DS-2CD2143G2-I']];
