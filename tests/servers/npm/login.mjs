// An identity provider that other people wrote: node login.mjs <port> <file of settings>
// Whoever enters a name at its own pages is logged in, with the address that the settings give.

import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

import Provider from "oidc-provider";

const port = Number(process.argv[2]);
const settings = JSON.parse(readFileSync(process.argv[3], "utf8"));
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: settings.clients,
  claims: { email: ["email", "email_verified"] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@${settings.domain}`, email_verified: true }),
  }),
  jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), alg: "RS256", use: "sig" }] },
  cookies: { keys: ["of the test"] },
});

createServer(provider.callback()).listen(port, "127.0.0.1");
