/**
 * How long after its end a client is removed, so that many that end at once do not hit the database at once: always the same
 * for one client, up to five minutes and a hundredth of the time it was kept.
 */
export function purgeSpreadMs(clientId: string, keptMs: number): number {
  const most = Math.min(5 * 60_000, Math.max(0, keptMs) / 100);
  let hash = 0;
  for (const character of clientId) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  // Ids that were made one after the other differ in little: this brings each bit everywhere (MurmurHash3's finalizer).
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return Math.floor((((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32) * most);
}
