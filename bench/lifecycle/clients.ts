import { randomUUID } from 'node:crypto';
import { request } from 'undici';
import type { InternalRole } from '../../domain/roles.js';
import type { DemoTenant } from '../../store/seed.js';
import type { Chain } from './rate.js';

/**
 * New clients whose sales section is complete; each chain submits it and sends it back in turns.
 * @param onLate told of a decision that was given up because nobody carried it out in time; it is sent again. Without it that is an error.
 */
export async function prepareClients(api: string, tenant: DemoTenant, count: number, onLate?: () => void): Promise<Chain[]> {
  const call = async (role: InternalRole, method: 'POST' | 'PUT', path: string, json: unknown): Promise<{ status: number; body: unknown }> => {
    const { token } = tenant.users.find((user) => user.role === role)!;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const { statusCode: status, body } = await request(`${api}/v1${path}`, { method, headers, body: JSON.stringify(json) });
    return { status, body: await body.json() };
  };
  const send = async (...[role, method, path, json]: Parameters<typeof call>): Promise<unknown> => {
    for (let late = false; ; late = true) {
      const { status, body } = await call(role, method, path, json);
      // The one that was given up may have been carried out since.
      if (status < 300 || (late && status === 409)) return body;
      if (status !== 503 || !onLate) throw new Error(`${method} ${path} answered ${status} ${(body as { code?: string }).code ?? ''}`);
      onLate();
    }
  };
  const person = { firstName: 'Dana', lastName: 'Quist', email: 'dana@cedar.example', workPhone: '555-0100' };
  return Promise.all(
    Array.from({ length: count }, async () => {
      const { id } = (await send('sales_rep', 'POST', '/clients', { company: `Cedar Street ${randomUUID()}` })) as { id: string };
      for (const form of ['sales-contact', 'accounting-contact']) await send('sales_rep', 'PUT', `/clients/${id}/${form}`, { fields: person });
      const section = `/clients/${id}/sections/sales`;
      let state: 'open' | 'submitted' = 'open';
      return async () => {
        if (state === 'open') await send('sales_rep', 'POST', `${section}/submit`, {});
        else await send('manager', 'POST', `${section}/send-back`, { reasons: [{ text: 'Which of the two phone numbers is right?' }] });
        state = state === 'open' ? 'submitted' : 'open';
      };
    }),
  );
}
