// Asks an authorization server for tokens in each way, and verifies them: node tokens.mjs <file of settings>
// openid-client discovers the server and asks; jose reads its keys and verifies what it gave.

import { readFileSync } from "node:fs";

import { createRemoteJWKSet, jwtVerify } from "jose";
import * as client from "openid-client";

const settings = JSON.parse(readFileSync(process.argv[2], "utf8"));
const keys = createRemoteJWKSet(new URL(`${settings.issuer}/.well-known/jwks.json`));

const imported = (pkcs8) => crypto.subtle.importKey(
  "pkcs8", Buffer.from(pkcs8, "base64"), { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"],
);

async function ask({ client_id, secret, private_key, method }) {
  const ways = {
    basic: () => client.ClientSecretBasic(secret),
    post: () => client.ClientSecretPost(secret),
    jwt: async () =>
      client.PrivateKeyJwt(await imported(private_key), {
        [client.modifyAssertion]: (header) => {
          header.typ = "client-authentication+jwt";
        },
      }),
  };
  const config = await client.discovery(
    new URL(settings.issuer), client_id, undefined, await ways[method](),
    { algorithm: "oauth2", execute: [client.allowInsecureRequests] },
  );
  const granted = await client.clientCredentialsGrant(config, { scope: "monitor:read" });
  const { payload } = await jwtVerify(granted.access_token, keys, {
    issuer: settings.issuer, audience: `${settings.issuer}/api/v1`, typ: "at+jwt", algorithms: ["ES256"],
  });
  const introspected = await client.tokenIntrospection(config, granted.access_token);
  await client.tokenRevocation(config, granted.access_token);
  const after = await client.tokenIntrospection(config, granted.access_token);
  return { scope: payload.scope, client_id: payload.client_id, before: introspected.active, after: after.active };
}

const answers = [];
for (const each of settings.clients) answers.push(await ask(each));
process.stdout.write(JSON.stringify(answers));
