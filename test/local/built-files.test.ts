import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = new URL('../../', import.meta.url).pathname;

it('of a build hold what runs in threads, which nobody imports', () => {
  const { files } = JSON.parse(readFileSync(join(root, 'tsconfig.build.json'), 'utf8')) as { files: string[] };
  const sources = ['api', 'worker'].flatMap((room) => readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).map((path) => join(room, path)));
  const inThreads = sources.filter((path) => path.endsWith('.ts') && /\bparentPort\b.*'node:worker_threads'/.test(readFileSync(join(root, path), 'utf8')));
  expect(inThreads).not.toEqual([]);
  expect(files).toEqual(expect.arrayContaining(inThreads));
});
