// An authorization server and a resource that other people wrote: node issue.mjs <port> <file of settings>
// oidc-provider issues tokens that are bound by DPoP; oauth4webapi decides whether /resource takes them.

import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

import * as oauth from "oauth4webapi";
import Provider from "oidc-provider";

const port = Number(process.argv[2]);
const settings = JSON.parse(readFileSync(process.argv[3], "utf8"));
const issuer = `http://127.0.0.1:${port}`;
const audience = `${issuer}/resource`;
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

const provider = new Provider(issuer, {
  clients: settings.clients,
  jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), alg: "RS256", use: "sig" }] },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    dPoP: {
      enabled: true,
      nonceSecret: Buffer.alloc(32, 7),
      requireNonce: () => settings.nonces,
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => audience,
      getResourceServerInfo: () => ({
        scope: "", audience, accessTokenFormat: "jwt", jwt: { sign: { alg: "RS256" } },
      }),
      useGrantedResource: () => true,
    },
  },
});
const asked = provider.callback();
const seen = { proofs: new Set(), nonce: 1 };

function refuse(response, error) {
  const headers = { "WWW-Authenticate": `DPoP error="${error}", algs="ES256"` };
  if (error === "use_dpop_nonce") headers["DPoP-Nonce"] = `resource-${seen.nonce}`;
  response.writeHead(401, headers).end(error);
}

async function resource(request, response) {
  const proof = request.headers.dpop;
  const claims = proof ? JSON.parse(Buffer.from(proof.split(".")[1], "base64url")) : {};
  if (settings.nonces && claims.nonce !== `resource-${seen.nonce}`) {
    return refuse(response, "use_dpop_nonce");
  }
  const server = { issuer, jwks_uri: `${issuer}/jwks` };
  const { method, headers } = request;
  const plain = new Request(`${issuer}${request.url}`, { method, headers });
  await oauth.validateJwtAccessToken(server, plain, audience, {
    requireDPoP: true,
    [oauth.allowInsecureRequests]: true,
  });
  if (seen.proofs.has(claims.jti)) throw new Error("replay");
  seen.proofs.add(claims.jti);
  response.writeHead(200).end("inside");
}

createServer(async (request, response) => {
  if (request.url === "/next-nonce") {
    seen.nonce += 1;
    return response.writeHead(204).end();
  }
  if (!request.url.startsWith("/resource")) return asked(request, response);
  try {
    await resource(request, response);
  } catch (error) {
    refuse(response, "invalid_token");
    console.error(error);
  }
}).listen(port, "127.0.0.1");
