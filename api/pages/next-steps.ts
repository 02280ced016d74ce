/** What a link of a mail leads to, in words and as requests to the API. */
export interface NextSteps {
  readonly title: string;
  readonly words: string;
  readonly steps: readonly { readonly words: string; readonly method: 'GET' | 'POST' | 'PUT'; readonly path: string; readonly body?: object }[];
}

const inSection = (clientId: string, section: string) => `/v1/clients/${clientId}/sections/${section}`;

/** Of the invitation of an accountant or an outgoing MSP. Opening it uses nothing up; the code is asked for by a request of its own. */
export const enter = (person: string): NextSteps => ({
  title: 'You were asked for data',
  words: 'This link tells who you are, and gives no access by itself. Ask for a code: it comes to the mail address that the invitation came to, holds for ten minutes and one use.',
  steps: [
    { words: 'Ask for the code', method: 'POST', path: '/v1/sign-in/external', body: { person, deliver: 'token' } },
    { words: 'Sign in with the six digits of the mail and the challenge of the answer before', method: 'POST', path: '/v1/sign-in/external/code', body: { code: '123456', challenge: '...', deliver: 'token' } },
    { words: 'See which client and section you were asked for', method: 'GET', path: '/v1/me' },
    { words: 'See its pages, and which fields are needed', method: 'GET', path: '/v1/pages' },
    { words: 'See what is still missing; submit the section when nothing is', method: 'GET', path: '/v1/clients/{client}/sections' },
  ],
});

/** Of an invitation to the MSP's own people, and of a reset. The token is behind `#`, which no browser sends. */
export const setPassword: NextSteps = {
  title: 'Choose a password',
  words: 'The token stands behind # in the address of this page. It reaches this server only when you send it, and holds for one use.',
  steps: [
    { words: 'Choose a password of at least 12 characters; the answer names the next step of the sign-in', method: 'POST', path: '/v1/sign-in/set-password', body: { token: '...', password: '...', deliver: 'token' } },
  ],
};

export const client = (clientId: string): NextSteps => ({
  title: 'A client waits for you',
  words: 'Sign in, then:',
  steps: [
    { words: 'See everything that waits for you', method: 'GET', path: '/v1/my-tasks' },
    { words: 'See the client', method: 'GET', path: `/v1/clients/${clientId}` },
    { words: 'See what you may do there now', method: 'GET', path: `/v1/clients/${clientId}/allowed` },
    { words: 'See how its export stands', method: 'GET', path: `/v1/clients/${clientId}/exports/current` },
    { words: 'See until when it is kept', method: 'GET', path: `/v1/clients/${clientId}/retention` },
  ],
});

export const clientSection = (clientId: string, section: string): NextSteps => ({
  title: `The ${section} section of a client waits for you`,
  words: 'Sign in, then:',
  steps: [
    { words: 'See how far the section is and what it lacks', method: 'GET', path: `/v1/clients/${clientId}/sections` },
    { words: 'See why it was sent back', method: 'GET', path: `${inSection(clientId, section)}/remarks` },
    { words: 'Read the questions about it, and answer them', method: 'GET', path: `${inSection(clientId, section)}/questions` },
    { words: 'Hand it in', method: 'POST', path: `${inSection(clientId, section)}/submit` },
    { words: 'Approve it after a review', method: 'POST', path: `${inSection(clientId, section)}/approve` },
    { words: 'Send it back with reasons', method: 'POST', path: `${inSection(clientId, section)}/send-back`, body: { reasons: [{ text: '...' }] } },
  ],
});

export const reveals = (clientId: string): NextSteps => ({
  title: 'Secrets of a client were seen',
  words: 'Sign in, then:',
  steps: [{ words: 'See who saw which secret, and when', method: 'GET', path: `/v1/clients/${clientId}/reveals` }],
});

export const itGlueConnection: NextSteps = {
  title: 'The IT Glue connection needs you',
  words: 'Sign in as an Administrator, then:',
  steps: [
    { words: 'See what is wrong', method: 'GET', path: '/v1/it-glue-connection' },
    { words: 'Enter a new key', method: 'PUT', path: '/v1/it-glue-connection' },
    { words: 'Test it', method: 'POST', path: '/v1/it-glue-connection/test' },
  ],
};

export const sweep: NextSteps = {
  title: 'The check of all clients found something',
  words: 'Sign in, then:',
  steps: [{ words: 'See what was found and what to do', method: 'GET', path: '/v1/sweep' }],
};

/** The same as a small page without scripts. */
export function asPage({ title, words, steps }: NextSteps): string {
  const items = steps.map(({ words: what, method, path, body }) => `<li>${escape(what)}:<br><code>${escape(`${method} ${path}`)}</code>${body ? `<br><code>${escape(JSON.stringify(body))}</code>` : ''}</li>`);
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(title)}</title></head><body>`,
    `<h1>${escape(title)}</h1><p>${escape(words)}</p><ol>${items.join('')}</ol>`,
    '<p>Every request of the API is described at <a href="/docs">/docs</a>.</p></body></html>',
  ].join('\n');
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character]!);
