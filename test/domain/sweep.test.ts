import { describe, expect, it } from 'vitest';
import type { Stage } from '../../domain/stages.js';
import { disagreement, type BelievedClient } from '../../domain/sweep.js';

const now = new Date('2026-03-10T12:00:00Z');
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
const inDays = (days: number) => new Date(now.getTime() + days * 86_400_000);
const known = (stage: Stage, changed = 60, purgeAt: Date | null = null) => ({ stage, purgeAt, changedAt: minutesAgo(changed) });
const believed = (stage: string | null, purgeAt: Date | null = null): BelievedClient => ({ stage, purgeAt });

describe('the database and the workflow', () => {
  it('agree when stage and end are the same to the second', () => {
    expect(disagreement(known('msp'), believed('msp'), now)).toBeNull();
    const end = inDays(3);
    expect(disagreement(known('retention', 60, end), believed('retention', new Date(end.getTime() - 400)), now)).toBeNull();
  });

  it('disagree about a client without a workflow at once, about stage and end only when nothing has changed for a while', () => {
    expect(disagreement(known('sales', 0), null, now)).toBe('workflow_missing');
    for (const [row, shown] of [[known('msp'), believed('sales')], [known('retention', 60, inDays(3)), believed('retention', inDays(4))], [known('retention', 60, null), believed('retention', inDays(4))]] as const) {
      expect(disagreement(row, shown, now)).toBe('workflow_behind');
      expect(disagreement({ ...row, changedAt: minutesAgo(1) }, shown, now)).toBeNull();
    }
  });

  it('do not disagree while a workflow has not said yet what it believes', () => {
    expect(disagreement(known('msp'), believed(null), now)).toBeNull();
  });

  it('find a removal overdue only after the time over which removals are spread', () => {
    const at = (minutes: number) => disagreement(known('retention', 600, minutesAgo(minutes)), believed('retention', minutesAgo(minutes)), now);
    expect([at(5), at(14), at(16)]).toEqual([null, null, 'removal_overdue']);
  });

  it('find a removal stopped half-way whatever the workflow says, but leave it a quarter of an hour', () => {
    expect(disagreement(known('purged', 10), null, now)).toBeNull();
    expect(disagreement(known('purged', 16), believed('retention'), now)).toBe('removal_unfinished');
  });

  it('look closely at an export after ten minutes', () => {
    expect(disagreement(known('exporting', 9), believed('exporting'), now)).toBeNull();
    expect(disagreement(known('exporting', 11), believed('exporting'), now)).toBe('export_without_workflow');
  });
});
