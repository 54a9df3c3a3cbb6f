// A real provider of identities (OpenID Connect) on this machine, for tests: accounts in memory, a sign-in form that asks
// for a name alone. `POST /control` with JSON changes it while it runs:
//   accounts: {name: {claims, amr}}   who there is
//   forged: {claim: value}            ID tokens say so, rightly signed
//   rotate: true                      it signs with another key from now on
//   failing: STATUS                   it answers everything so; 0: no more
// Usage: node serve.mjs '{"client": {...}, "inIdToken": true}'; prints its issuer once it listens.
import { createServer } from 'node:http';
import { randomBytes, randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';

import { decodeJwt, exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose';
import { Provider } from 'oidc-provider';

const given = JSON.parse(process.argv[2]);
const state = { accounts: {}, forged: {}, failing: 0 };
let provider;
let key;

async function start(issuer) {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  key = { ...(await exportJWK(privateKey)), kid: randomUUID(), use: 'sig', alg: 'RS256' };
  provider = new Provider(issuer, {
    clients: [given.client],
    jwks: { keys: [key] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    claims: { openid: ['sub', 'amr'], profile: ['preferred_username', 'name', 'roles', 'realm_access'] },
    conformIdTokenClaims: !given.inIdToken,
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    ttl: { AccessToken: 60, AuthorizationCode: 60, IdToken: 60, Interaction: 600, Grant: 600, Session: 600 },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, ...state.accounts[id]?.claims }),
    }),
    // Whoever signs in agrees.
    async loadExistingGrant(context) {
      const { client, session } = context.oidc;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid profile');
      await grant.save();
      return grant;
    },
  });
  provider.use(async (context, next) => {
    await next();
    if (context.path === '/token' && context.body?.id_token && Object.keys(state.forged).length) {
      const claims = { ...decodeJwt(context.body.id_token), ...state.forged };
      context.body.id_token = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', kid: key.kid })
        .sign(await importJWK(key, 'RS256'));
    }
  });
}

async function control(request, response, issuer) {
  const { rotate, ...changed } = JSON.parse(await text(request));
  Object.assign(state, changed);
  if (rotate) await start(issuer);
  response.writeHead(204).end();
}

async function interact(request, response) {
  if (request.method !== 'POST') {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(
      '<!doctype html><title>City accounts</title><h1>City accounts</h1><form method="post">' +
        '<label>Account <input name="login"></label> <button>Sign in</button> ' +
        '<button name="cancel" value="1">Cancel</button></form>',
    );
    return;
  }
  const form = new URLSearchParams(await text(request));
  const login = form.get('login');
  const result = form.has('cancel')
    ? { error: 'access_denied', error_description: 'somebody said no' }
    : { login: { accountId: login, amr: state.accounts[login]?.amr ?? ['pwd'] } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

const server = createServer(async (request, response) => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  try {
    if (request.url === '/control') await control(request, response, issuer);
    else if (state.failing) response.writeHead(state.failing).end();
    else if (request.url.startsWith('/interaction/')) await interact(request, response);
    else await provider.callback()(request, response);
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
});
server.listen(0, '127.0.0.1', async () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  await start(issuer);
  console.log(issuer);
});
