import { z } from 'zod';
import { issueOneTime, secondFactorOf, signInRules, type StoreContext, type User } from '../store/index.js';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { deliverSession, openSession, signedIn, type OpenedSession } from './new-session.js';
import { instant, iso } from './schemas/common.js';
import type { SessionSettings } from './session-policy.js';

const step = { challenge: z.string().describe('For the next step, as proof of this one.'), expiresAt: instant };

/** Where a sign-in stands after the password. */
export const signInStep = z
  .discriminatedUnion('next', [
    z.object({ next: z.literal('signed_in'), session: signedIn }),
    z.object({ next: z.literal('second_factor'), ...step }),
    z.object({ next: z.literal('enrol_second_factor'), ...step }),
  ])
  .meta({ id: 'SignInStep' });

export type Step =
  | { readonly next: 'signed_in'; readonly session: OpenedSession }
  | { readonly next: 'second_factor' | 'enrol_second_factor'; readonly challenge: string; readonly expiresAt: string };

/** What comes after a person's password: their second factor where they have one or must, else the session. */
export async function afterPassword(context: StoreContext, request: FastifyRequest, settings: SessionSettings, user: User): Promise<Step> {
  const { enrolled } = await secondFactorOf(context, user);
  const { requireSecondFactor } = await signInRules(context, user.tenantId);
  if (!enrolled && !requireSecondFactor) return { next: 'signed_in', session: await openSession(context, request, settings, user, 'password') };
  const next = enrolled ? 'second_factor' : 'enrol_second_factor';
  const { token, expiresAt } = await issueOneTime(context, user, next);
  return { next, challenge: token, expiresAt: iso(expiresAt) };
}

export function shownStep(reply: FastifyReply, settings: SessionSettings, taken: Step, deliver: 'cookie' | 'token'): z.output<typeof signInStep> {
  return taken.next === 'signed_in' ? { next: taken.next, session: deliverSession(reply, settings, taken.session, deliver) } : taken;
}
