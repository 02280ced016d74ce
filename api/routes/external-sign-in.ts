import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { countTry, forgive, inTransaction, mailSignInCode, newToken, takeSignInCode } from '../../store/index.js';
import { delivery, deliverSession, openSession, signedIn } from '../new-session.js';
import { Problem } from '../problem.js';
import { id, instant, iso } from '../schemas/common.js';
import { code, oneTime } from '../schemas/sign-in.js';
import { cookieName, isSecure } from '../session-cookie.js';
import type { Api, ApiDeps } from '../types.js';
import { openWords, problems } from '../words.js';

const open = { operation: 'public' } as const;
const challengeMinutes = 10;

const asked = z
  .object({
    expiresAt: instant,
    challenge: z.string().nullable().describe('Only when asked for by `deliver: token`; a browser gets it as a cookie.'),
  })
  .meta({ id: 'MailedCode' });

/** Sign-in of the accountant and the outgoing MSP: the link of the invitation says who, a code by mail proves it. */
export async function externalSignInRoutes(app: Api, { store, settings }: ApiDeps): Promise<void> {
  app.post(
    '/sign-in/external',
    {
      config: open,
      schema: {
        ...openWords('askForSignInCode', 'People', 'Ask for a sign-in code by mail', 'With the id that the link of the invitation ends with. Answers alike whoever asks; a code goes to the mail address on file, holds for ten minutes and one use, and only in the browser that asked. At most five an hour.'),
        body: z.strictObject({ person: id, deliver: delivery }),
        response: { 202: asked, ...problems('invalid_request', 'forbidden', 'too_many_requests') },
      },
    },
    async (request, reply) => {
      const { person, deliver } = request.body;
      await countTry(store, 'address', request.ip);
      await countTry(store, 'mail_code', person);
      const mailed = await mailSignInCode(store, person);
      // Somebody who cannot sign in now gets a challenge that no code fits.
      const { token, expiresAt } = mailed ?? { token: newToken('oneTime'), expiresAt: new Date(Date.now() + challengeMinutes * 60_000) };
      if (deliver === 'cookie') keepChallenge(reply, token);
      return reply.code(202).send({ expiresAt: iso(expiresAt), challenge: deliver === 'token' ? token : null });
    },
  );

  app.post(
    '/sign-in/external/code',
    {
      config: open,
      schema: {
        ...openWords('signInByMailedCode', 'People', 'Finish an external sign-in with the code', 'After five wrong codes a new one must be asked for.'),
        body: z.strictObject({ code, challenge: oneTime.optional(), deliver: delivery }),
        response: { 200: signedIn, ...problems('invalid_request', 'sign_in_failed', 'forbidden', 'too_many_requests') },
      },
    },
    async (request, reply) => {
      const { code: given, challenge = challengeOf(request), deliver } = request.body;
      await countTry(store, 'address', request.ip);
      const user = challenge ? await takeSignInCode(store, challenge, given) : null;
      if (!user) throw new Problem('sign_in_failed', 'The code is not right, was used before, belongs to another browser, or its ten minutes are over; ask for a new one');
      await forgive(store, 'address', request.ip);
      await forgive(store, 'mail_code', user.id);
      const session = await inTransaction(store, (context) => openSession(context, request, settings, user, 'mail_code'));
      reply.clearCookie(challengeCookie, cookieRules());
      return deliverSession(reply, settings, session, deliver);
    },
  );

  const challengeCookie = cookieName(settings, 'onboarder-challenge');
  const cookieRules = () => ({ path: '/', httpOnly: true, sameSite: 'strict', secure: isSecure(settings) }) as const;
  const keepChallenge = (reply: FastifyReply, token: string) => void reply.setCookie(challengeCookie, token, { ...cookieRules(), maxAge: challengeMinutes * 60 });
  const challengeOf = (request: FastifyRequest) => request.cookies[challengeCookie];
}
