import { z } from 'zod';
import type { FastifyRequest } from 'fastify';
import {
  appendAudit,
  beginSecondFactor,
  confirmSecondFactor,
  countTry,
  endSessions,
  forgive,
  getUser,
  inTransaction,
  isPasswordOf,
  newRecoveryCodes,
  rotateSession,
  secondFactorOf,
  setPassword,
  setSignInRules,
  signInRules,
  type StoreContext,
  type User,
} from '../../store/index.js';
import { Problem } from '../problem.js';
import { code, newSecondFactor, password, recoveryCodes } from '../schemas/sign-in.js';
import { setSessionCookie } from '../session-cookie.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const rules = z.object({ requireSecondFactor: z.boolean('must be true or false').describe('Whether people who sign in by password need a second factor.') });
const shown = rules.extend({ secondFactor: z.boolean().describe('Whether you have set one up.'), recoveryCodesLeft: z.int() }).meta({ id: 'OwnSignIn' });
const failures = ['invalid_request', 'forbidden', 'sign_in_failed'] as const;

/** A person's own password and second factor, and what the tenant asks of its people. */
export async function accountRoutes(app: Api, { store, settings }: ApiDeps): Promise<void> {
  app.get(
    '/me/sign-in',
    { config: { operation: 'account' }, schema: { ...words('getOwnSignIn', 'People', 'How you sign in'), response: { 200: shown, ...problems('forbidden') } } },
    async ({ actor }) => {
      const { enrolled, recoveryCodesLeft } = await secondFactorOf(store, { id: actor.userId, tenantId: actor.tenantId });
      return { ...(await signInRules(store, actor.tenantId)), secondFactor: enrolled, recoveryCodesLeft };
    },
  );

  app.put(
    '/me/password',
    {
      config: { operation: 'account' },
      schema: {
        ...words('changeOwnPassword', 'People', 'Change your password', 'Ends your other sign-ins, and gives this one a new token.'),
        body: z.strictObject({ current: password, password }),
        response: { 200: z.object({ token: z.string().nullable().describe('Null when it is in the cookie.') }), ...problems(...failures, 'invalid') },
      },
    },
    async (request, reply) => {
      const user = await proven(request, request.body.current);
      const { id: except, token: shownToken, sentAs } = request.session!;
      const token = await inTransaction(store, async (context) => {
        await setPassword(context, user, request.body.password);
        await endSessions(context, { userId: user.id, except }, 'password_changed');
        await note(context, user, 'password.set');
        return rotateSession(context, except, shownToken);
      });
      if (token && sentAs === 'cookie') setSessionCookie(reply, settings, token);
      return { token: sentAs === 'bearer' ? token : null };
    },
  );

  app.post(
    '/me/second-factor',
    {
      config: { operation: 'account' },
      schema: { ...words('beginSecondFactor', 'People', 'Set up a second factor, or another one', 'The one before holds until the new one is confirmed.'), body: z.strictObject({ password }), response: { 200: newSecondFactor, ...problems(...failures) } },
    },
    async (request) => beginSecondFactor(store, await proven(request, request.body.password)),
  );

  app.post(
    '/me/second-factor/confirm',
    {
      config: { operation: 'account' },
      schema: { ...words('confirmSecondFactor', 'People', 'Confirm the new second factor with its first code'), body: z.strictObject({ code }), response: { 200: z.object({ recoveryCodes }), ...problems(...failures) } },
    },
    async (request) => {
      const user = await self(request);
      await countTry(store, 'second_factor', user.id);
      const codes = await inTransaction(store, async (context) => {
        const made = await confirmSecondFactor(context, user, request.body.code);
        if (!made) return null;
        await endSessions(context, { userId: user.id, except: request.session!.id }, 'second_factor_reset');
        await note(context, user, 'second_factor.set');
        return made;
      });
      if (!codes) throw new Problem('sign_in_failed', 'The code is not right');
      await forgive(store, 'second_factor', user.id);
      return { recoveryCodes: codes };
    },
  );

  app.post(
    '/me/recovery-codes',
    {
      config: { operation: 'account' },
      schema: { ...words('renewRecoveryCodes', 'People', 'Make new recovery codes', 'The ones before are worth nothing.'), body: z.strictObject({ password }), response: { 200: z.object({ recoveryCodes }), ...problems(...failures, 'invalid') } },
    },
    async (request) => {
      const user = await proven(request, request.body.password);
      if (!(await secondFactorOf(store, user)).enrolled) throw new Problem('invalid', 'Set up the second factor first');
      const codes = await inTransaction(store, async (context) => {
        await note(context, user, 'second_factor.codes_renewed');
        return newRecoveryCodes(context, user);
      });
      return { recoveryCodes: codes };
    },
  );

  app.get(
    '/sign-in-rules',
    { config: { operation: 'users.read' }, schema: { ...words('getSignInRules', 'People', 'What your organization asks of its people'), response: { 200: rules, ...problems('forbidden') } } },
    async ({ actor }) => signInRules(store, actor.tenantId),
  );

  app.put(
    '/sign-in-rules',
    {
      config: { operation: 'settings.manage' },
      schema: { ...words('setSignInRules', 'People', 'Change what your organization asks of its people'), body: z.strictObject(rules.shape), response: { 200: rules, ...problems('invalid_request', 'forbidden') } },
    },
    async ({ actor, body }) => {
      await inTransaction(store, async (context) => {
        await setSignInRules(context, actor.tenantId, body);
        await appendAudit(context, { tenantId: actor.tenantId, clientId: null, actorId: actor.userId, party: 'internal', action: 'settings.sign_in', details: { ...body } });
      });
      return body;
    },
  );

  const self = ({ actor }: FastifyRequest) => getUser(store, actor.tenantId, actor.userId);

  /** The person, once they have typed their password again: a session left open is not enough to take an account over. */
  async function proven(request: FastifyRequest, given: string): Promise<User> {
    const user = await self(request);
    await countTry(store, 'account', user.email);
    if (!(await isPasswordOf(store, user, given))) throw new Problem('sign_in_failed', 'The password is not right');
    await forgive(store, 'account', user.email);
    return user;
  }

  const note = (context: StoreContext, user: User, action: string) =>
    appendAudit(context, { tenantId: user.tenantId, clientId: null, actorId: user.id, party: 'internal', action, details: null });
}
