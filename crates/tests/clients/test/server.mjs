// The server under test and the person who owns it. BASE_URL names a fresh server with a worker beside it.

import assert from 'node:assert/strict';
import { defaults, init, login, setHeader, signUpAdmin } from '@immich/sdk';

export const baseUrl = process.env.BASE_URL;
assert.ok(baseUrl, 'BASE_URL must name a fresh server, e.g. http://127.0.0.1:2283');

const person = { email: 'clients@example.com', password: 'correct horse battery', name: 'Clients' };

/** Signs the administrator up if there is none yet, and in. */
export const signedIn = async () => {
  init({ baseUrl: `${baseUrl}/api`, apiKey: '' });
  delete defaults.headers['x-api-key'];
  try {
    await signUpAdmin({ signUpDto: person });
  } catch (error) {
    // Another test file came first.
    assert.equal(error.status, 400);
  }
  const { email, password } = person;
  const session = await login({ loginCredentialDto: { email, password } });
  setHeader('Authorization', `Bearer ${session.accessToken}`);
  return session;
};

/** Asks until there is an answer. */
export const eventually = async (what, ask, patience = 60_000) => {
  for (const end = Date.now() + patience; Date.now() < end; ) {
    const answer = await ask();
    if (answer) {
      return answer;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`waited in vain for ${what}`);
};
