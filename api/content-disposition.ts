/** `Content-Disposition: attachment` with a name of any characters (RFC 6266 with RFC 8187), and a plain one for old clients. */
export function contentDisposition(fileName: string): string {
  const name = fileName.replace(/[\p{Cc}/\\]/gu, '_');
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').replace(/[^\x20-\x7e]|["%]/g, '_');
  const extended = encodeURIComponent(name).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${extended}`;
}
