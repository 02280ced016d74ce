import { regionUrls } from '../domain/it-glue-connection.js';

/** IT Glue's regions; key and region must match, a wrong pair answers 403. */
export type ItGlueRegion = 'us' | 'eu' | 'au';

export type ItGlueAddress = { readonly region: ItGlueRegion } | { readonly baseUrl: string };

/**
 * The origin and path prefix that every request starts with.
 * @throws RangeError naming the setting: the key travels in a header, so plain http is for this machine only.
 */
export function resolveAddress(address: ItGlueAddress): { origin: string; prefix: string } {
  const text = 'region' in address ? regionUrls[address.region] : address.baseUrl;
  if (text === undefined) throw new RangeError('region: must be us, eu or au');
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new RangeError('baseUrl: not a web address');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new RangeError('baseUrl: must not hold a user, a password, a query or a fragment');
  }
  const secure = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
  if (!secure) throw new RangeError('baseUrl: must be https (http is accepted for this machine only)');
  return { origin: url.origin, prefix: url.pathname.replace(/\/+$/, '') };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
