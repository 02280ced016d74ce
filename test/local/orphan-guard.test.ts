import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';

const guard = new URL('../../local/orphan-guard.ts', import.meta.url).href;

/** A parent with a guard and two children of which it drops one, as a part that has ended. Prints their ids. */
const parentCode = `
  const { startOrphanGuard } = await import(${JSON.stringify(guard)});
  const { spawn } = await import('node:child_process');
  const guard = startOrphanGuard();
  const [kept, dropped] = [1, 2].map(() => spawn('sleep', ['60'], { detached: true, stdio: 'ignore' }).pid);
  guard.add(kept);
  guard.add(dropped);
  guard.drop(dropped);
  console.log(kept + ' ' + dropped);
  setInterval(() => undefined, 1000);`;

async function afterParentWasKilled(): Promise<{ kept: number; dropped: number }> {
  const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', parentCode], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string];
  const [kept, dropped] = line.split(' ').map(Number) as [number, number];
  const exit = once(parent, 'exit');
  parent.kill('SIGKILL');
  await exit;
  return { kept, dropped };
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('the parts of a killed stack are ended, and no process that is no part any more', async () => {
  const { kept, dropped } = await afterParentWasKilled();
  await expect.poll(() => alive(kept), { timeout: 60_000 }).toBe(false);
  expect(alive(dropped)).toBe(true);
  process.kill(dropped, 'SIGKILL');
});
