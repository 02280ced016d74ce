import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { faultKinds } from '../../sandbox/it-glue/faults.js';
import { switchTable } from '../../sandbox/it-glue/switches.js';

it('the page for operators names every switch with its default, and every fault', async () => {
  const page = await readFile(new URL('../../docs/sandbox.md', import.meta.url), 'utf8');
  for (const [name, row] of Object.entries(switchTable)) {
    expect(page).toContain(`| \`${name}\` | **${row.kind === 'choice' ? row.values[0] : row.initial}**`);
    expect(page).toContain(row.about);
  }
  for (const fault of faultKinds) expect(page).toContain(`\`${fault}\``);
});
