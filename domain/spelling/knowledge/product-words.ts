/**
 * General words of hardware names: kinds of product, units, ways of writing an interface, editions.
 *
 * Sources: kinds of product are the device roles of common inventory tools and of RFC 1983's glossary; units follow
 * ISO/IEC 80000 and the rack unit of IEC 60297 / EIA-310 (U = RU = HE in German); PoE+ is IEEE 802.3at, SFP+ and QSFP+
 * are SFF-8431 and SFF-8436, and makers that avoid the plus sign in order codes write a P for it.
 */

/** Nouns that say what a thing is; they may be left out, but two different ones are two different things. */
export const productNouns: ReadonlySet<string> = new Set([
  'switch', 'switches', 'router', 'routers', 'firewall', 'gateway', 'appliance', 'chassis', 'frame', 'server', 'servers', 'series',
  'controller', 'enclosure', 'adc', 'networking', 'network', 'ethernet', 'managed', 'rackmount', 'rack', 'mount',
  'mountable', 'desktop', 'laptop', 'notebook', 'printer', 'model', 'device', 'base', 'bundle',
  'adapter', 'phone', 'hardware', 'security', 'storage', 'node', 'the', 'with', 'for', 'and',
]);

/** Nouns that close a description of several words after a part number ("12345 Rail Kit"). */
export const closingNouns: ReadonlySet<string> = new Set([
  ...productNouns, 'module', 'card', 'kit', 'panel', 'tray', 'shelf', 'drawer', 'cable', 'supply', 'unit', 'adapter', 'slots', 'slot',
]);

/** Words of an edition or size: with one of them a thing is another product, wherever it stands. */
export const editionWords: ReadonlySet<string> = new Set([
  'pro', 'plus', 'lite', 'light', 'mini', 'max', 'micro', 'nano', 'ultra', 'premium', 'advanced', 'standard', 'basic', 'essential',
  'essentials', 'enterprise', 'business', 'home', 'ii', 'iii', 'iv', 'v', 'vi', 'xl', 'xs', 'se', 'le', 'ex', 'dx', 'lr', 'hd',
  'vented', 'half', 'double', 'dual', 'single', 'duplex', 'redundant', 'primary', 'secondary', 'outdoor', 'indoor',
  'poe', 'poe+', 'fiber', 'fibre', 'copper', 'wireless', 'wifi', 'virtual', 'x', 's', 'e', 'l', 'c', 'm',
]);

/** Direction of the air and sort of current: makers sell one device in each, and people leave it out. */
export const variantWords: ReadonlySet<string> = new Set([
  'front', 'back', 'rear', 'to', 'airflow', 'exhaust', 'intake', 'f2b', 'b2f', 'reverse', 'portside', 'ac', 'dc',
]);

/** Ways of writing one word, after lower-casing; the value is the form compared. */
export const sameWords: Readonly<Record<string, string>> = {
  ports: 'port', inches: 'inch', slots: 'slot', switches: 'switch', fibre: 'fiber', utp: 'copper',
  poep: 'poe+', poeplus: 'poe+', sfpp: 'sfp+', sfpplus: 'sfp+', qsfpp: 'qsfp+', qsfpplus: 'qsfp+',
  ru: 'u', he: 'u', generation: 'gen', version: 'v', ver: 'v', rackmounted: 'rackmount', centre: 'center', grey: 'gray',
};

/** Units written behind a number. A number with a unit is a size, not a part number. */
export const unitWords: ReadonlySet<string> = new Set([
  'u', 'w', 'va', 'kva', 'kw', 'v', 'vac', 'vdc', 'a', 'g', 'ge', 'gb', 'gbe', 'gbps', 'mb', 'tb', 'k', 'm', 'mm', 'cm', 'inch', 'in', 'port', 'slot',
  'bay', 'outlet', 'way',
]);
