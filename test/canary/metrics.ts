/** Whatever of the product listens is asked for metrics: a port that nobody told of may serve them. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import type { Found, Look } from './database.js';
import type { World } from './people.js';
import type { Search } from './search.js';

const paths = ['/metrics', '/v1/metrics'];

/** The product serves no metrics. Should that change, what they say is searched. */
export async function searchMetrics({ stack }: World, search: Search): Promise<Look> {
  const { info } = stack;
  const told = [info.urls.api, info.urls.codec].filter((url) => url !== undefined);
  const ports = (await Promise.all(Object.values(info.pids).map(listeningPorts))).flat();
  const bases = new Set([...told, ...ports.map((port) => `http://127.0.0.1:${port}`)]);
  const bodies = (await Promise.all([...bases].flatMap((base) => paths.map((path) => answerOf(base + path))))).filter((body) => body !== null);
  const found = bodies.flatMap((body): Found[] => search.inText(body).map((hit) => ({ ...hit, where: 'metrics' })));
  return { found, items: bodies.length, bytes: bodies.join('').length };
}

/** What is said there, or null when there is nothing, or nothing that speaks HTTP. */
async function answerOf(url: string): Promise<string | null> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(3_000) });
    const body = await answer.text();
    return answer.ok && !/html/.test(answer.headers.get('content-type') ?? '') ? body : null;
  } catch {
    return null;
  }
}

/** TCP ports on which a process listens, by Linux' own account (proc(5)); none elsewhere. */
async function listeningPorts(pid: number): Promise<number[]> {
  try {
    const descriptors = await readdir(`/proc/${pid}/fd`);
    const links = await Promise.all(descriptors.map((one) => readlink(`/proc/${pid}/fd/${one}`).catch(() => '')));
    const own = new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]).filter((inode) => inode !== undefined));
    const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8').catch(() => '')));
    const rows = tables.flatMap((table) => table.split('\n').slice(1)).map((line) => line.trim().split(/\s+/));
    // Columns: number, local address:port in hex, remote one, state (0A: listening), ..., inode.
    return rows.filter((row) => row[3] === '0A' && own.has(row[9]!)).map((row) => parseInt(row[1]!.split(':').at(-1)!, 16));
  } catch {
    return [];
  }
}
