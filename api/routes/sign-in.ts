import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  appendAudit,
  beginSecondFactor,
  confirmSecondFactor,
  countAttempt,
  countTry,
  endSessions,
  findByPassword,
  forgive,
  getUser,
  inTransaction,
  internalPeopleOf,
  mailPasswordReset,
  secondFactorOf,
  setPassword,
  spendOneTime,
  takeRecoveryCode,
  takeSecondFactor,
  voidOneTime,
  whoseOneTime,
  type OneTimePurpose,
  type User,
} from '../../store/index.js';
import { delivery, deliverSession, openSession, signedIn } from '../new-session.js';
import { Problem } from '../problem.js';
import { id } from '../schemas/common.js';
import { code, email, newSecondFactor, oneTime, password, recoveryCode, recoveryCodes } from '../schemas/sign-in.js';
import { afterPassword, shownStep, signInStep } from '../sign-in-step.js';
import type { Api, ApiDeps } from '../types.js';
import { openWords, problems } from '../words.js';

// The same words whatever was wrong: nobody learns here who is known.
const wrong = () => new Problem('sign_in_failed', 'Mail address or password is not right');
const over = () => new Problem('sign_in_failed', 'The link or step is used up, or its time is over; begin again');
const wrongCode = () => new Problem('sign_in_failed', 'The code is not right, or was used before; wait for the next one');

const open = { operation: 'public' } as const;
const failures = ['invalid_request', 'sign_in_failed', 'forbidden'] as const;

/** Sign-in of internal people by password and second factor. */
export async function signInRoutes(app: Api, { store, settings }: ApiDeps): Promise<void> {
  /** What goes on after its answer left. */
  const underWay = new Set<Promise<void>>();
  app.addHook('onClose', async () => void (await Promise.allSettled(underWay)));

  app.post(
    '/sign-in/password',
    {
      config: open,
      schema: {
        ...openWords('signInByPassword', 'People', 'Sign in by password', 'Answers with the next step. After ten failures nothing is looked at for a quarter of an hour.'),
        body: z.strictObject({ email, password, tenantId: id.optional().describe('Where your address is known to more than one organization.'), deliver: delivery }),
        response: { 200: signInStep, ...problems(...failures) },
      },
    },
    async (request, reply) => {
      const { email: address, password: given, tenantId, deliver } = request.body;
      await countTry(store, 'address', request.ip);
      await countTry(store, 'account', address);
      const user = await findByPassword(store, address, given, tenantId);
      if (!user) {
        later(request, 'a sign-in that failed was not noted', noteRefused(address, tenantId));
        throw wrong();
      }
      await forgiveAll(request, address);
      const step = await inTransaction(store, (context) => afterPassword(context, request, settings, user));
      return shownStep(reply, settings, step, deliver);
    },
  );

  app.post(
    '/sign-in/second-factor',
    {
      config: open,
      schema: {
        ...openWords('signInBySecondFactor', 'People', 'Finish a sign-in with a code', 'From the app, or one of the recovery codes. No code is taken twice.'),
        body: z
          .strictObject({ challenge: oneTime, code: code.optional(), recoveryCode: recoveryCode.optional(), deliver: delivery })
          .refine((body) => (body.code === undefined) !== (body.recoveryCode === undefined), { path: ['code'], message: 'either code or recoveryCode is needed' }),
        response: { 200: signedIn, ...problems(...failures) },
      },
    },
    async (request, reply) => {
      const { challenge, code: given, recoveryCode: recovery, deliver } = request.body;
      const user = await challenged(request, challenge, 'second_factor');
      const right = given === undefined ? await takeRecoveryCode(store, user, recovery!) : await takeSecondFactor(store, user, given);
      if (!right) return refuseCode(user, challenge);
      await forgiveCode(request, user);
      const session = await inTransaction(store, async (context) => {
        if (!(await spendOneTime(context, challenge))) throw over();
        if (recovery) await appendAudit(context, { ...own(user), action: 'second_factor.recovered', details: null });
        return openSession(context, request, settings, user, 'password');
      });
      return deliverSession(reply, settings, session, deliver);
    },
  );

  app.post(
    '/sign-in/second-factor/enrol',
    {
      config: open,
      schema: {
        ...openWords('enrolAtSignIn', 'People', 'Set up the second factor that the sign-in asks for', 'Asked again it gives another secret.'),
        body: z.strictObject({ challenge: oneTime }),
        response: { 200: newSecondFactor, ...problems(...failures) },
      },
    },
    async (request) => beginSecondFactor(store, await challenged(request, request.body.challenge, 'enrol_second_factor')),
  );

  app.post(
    '/sign-in/second-factor/confirm',
    {
      config: open,
      schema: {
        ...openWords('confirmAtSignIn', 'People', 'Confirm the second factor with its first code, and finish the sign-in'),
        body: z.strictObject({ challenge: oneTime, code, deliver: delivery }),
        response: { 200: z.object({ session: signedIn, recoveryCodes }), ...problems(...failures) },
      },
    },
    async (request, reply) => {
      const { challenge, code: given, deliver } = request.body;
      const user = await challenged(request, challenge, 'enrol_second_factor');
      const done = await inTransaction(store, async (context) => {
        const codes = await confirmSecondFactor(context, user, given);
        if (!codes) return null;
        if (!(await spendOneTime(context, challenge))) throw over();
        await appendAudit(context, { ...own(user), action: 'second_factor.set', details: null });
        return { codes, session: await openSession(context, request, settings, user, 'password') };
      });
      if (!done) return refuseCode(user, challenge);
      await forgiveCode(request, user);
      return { session: deliverSession(reply, settings, done.session, deliver), recoveryCodes: done.codes };
    },
  );

  app.post(
    '/sign-in/password-reset',
    {
      config: open,
      schema: {
        ...openWords('requestPasswordReset', 'People', 'Ask for a new password by mail', 'Answers alike whoever asks. The link holds for an hour and one use; at most three mails an hour.'),
        body: z.strictObject({ email }),
        response: { 202: z.object({}), ...problems('invalid_request', 'forbidden') },
      },
    },
    async (request, reply) => {
      await countTry(store, 'address', request.ip);
      later(request, 'no mail for a new password', mailReset(request.body.email));
      return reply.code(202).send({});
    },
  );

  app.post(
    '/sign-in/set-password',
    {
      config: open,
      schema: {
        ...openWords('setPasswordByLink', 'People', 'Set a password with the token of an invitation or a reset', 'Ends all sign-ins of the person, and goes on with the next step. At least 12 characters; none of the usual ones.'),
        body: z.strictObject({ token: oneTime, password, deliver: delivery }),
        response: { 200: signInStep, ...problems(...failures, 'invalid') },
      },
    },
    async (request, reply) => {
      const { token, password: chosen, deliver } = request.body;
      const user = await challenged(request, token, 'invitation', 'password_reset');
      const step = await inTransaction(store, async (context) => {
        if (!(await spendOneTime(context, token))) throw over();
        await setPassword(context, user, chosen);
        await voidOneTime(context, user.id);
        await endSessions(context, { userId: user.id }, 'password_changed');
        await appendAudit(context, { ...own(user), action: 'password.set', details: null });
        return afterPassword(context, request, settings, user);
      });
      await forgiveAll(request, user.email);
      return shownStep(reply, settings, step, deliver);
    },
  );

  /** Whose step it is. Each look counts by address, each look at a second factor by person. */
  async function challenged(request: FastifyRequest, token: string, ...purposes: OneTimePurpose[]): Promise<User> {
    await countTry(store, 'address', request.ip);
    const found = await whoseOneTime(store, token, purposes);
    if (!found) throw over();
    if (found.purpose === 'second_factor') await countTry(store, 'second_factor', found.userId);
    else await forgive(store, 'address', request.ip);
    const user = await getUser(store, found.tenantId, found.userId);
    // A step that was begun before the person set one up must not put another in its place.
    if (found.purpose === 'enrol_second_factor' && (await secondFactorOf(store, user)).enrolled) throw over();
    return user;
  }

  /** Lets work go on after the answer, so that its time does not tell whether there is such a person. */
  function later(request: FastifyRequest, failure: string, begun: Promise<void>): void {
    const work = begun
      .catch((error: unknown) => request.log.warn({ reason: error instanceof Error ? error.name : 'unknown' }, failure))
      .finally(() => underWay.delete(work));
    underWay.add(work);
  }

  /** A wrong password, in the audit trail of each tenant where somebody has that address. */
  async function noteRefused(address: string, tenantId?: string): Promise<void> {
    for (const person of await internalPeopleOf(store, address, tenantId)) await inTransaction(store, (context) => appendAudit(context, { ...own(person), action: 'session.refused', details: { method: 'password' } }));
  }

  async function refuseCode(user: User, challenge: string): Promise<never> {
    await countAttempt(store, challenge);
    await inTransaction(store, (context) => appendAudit(context, { ...own(user), action: 'session.refused', details: { method: 'second_factor' } }));
    throw wrongCode();
  }

  async function forgiveAll(request: FastifyRequest, address: string): Promise<void> {
    await forgive(store, 'address', request.ip);
    await forgive(store, 'account', address);
  }

  async function forgiveCode(request: FastifyRequest, user: User): Promise<void> {
    await forgive(store, 'address', request.ip);
    await forgive(store, 'second_factor', user.id);
  }

  async function mailReset(address: string): Promise<void> {
    await countTry(store, 'reset', address);
    for (const person of await internalPeopleOf(store, address)) await inTransaction(store, (context) => mailPasswordReset(context, person));
  }
}

const own = (user: { id: string; tenantId: string }) => ({ tenantId: user.tenantId, clientId: null, actorId: user.id, party: 'internal' as const });
