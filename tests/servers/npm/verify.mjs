// Verifies signed requests with code that other people wrote: node verify.mjs <port> <file of keys>
// Answers 200 if the signature covers what came, and 401 with a reason if not.

import { createHash, createHmac, createPublicKey, createSecretKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

import Hawk from "@hapi/hawk";
import { httpbis, createVerifier } from "http-message-signatures";
import { jwtVerify } from "jose";
import OAuth from "oauth-1.0a";
import { Webhook } from "standardwebhooks";

const port = Number(process.argv[2]);
const keys = JSON.parse(readFileSync(process.argv[3], "utf8"));
const FORM = "application/x-www-form-urlencoded";

function require(condition, reason) {
  if (!condition) throw new Error(reason);
}

async function hawk(request, body) {
  const credentials = { id: "monitor", ...keys.hawk };
  const { artifacts } = await Hawk.server.authenticate(request, () => credentials);
  const type = request.headers["content-type"] ?? "";
  Hawk.server.authenticatePayload(body, credentials, artifacts, type);
}

async function signature(request, body) {
  const [, input] = request.headers["signature-input"].match(/alg="([a-z0-9-]+)"/);
  const key = keys.signature[input];
  if (body.length) {
    const digest = createHash("sha256").update(body).digest("base64");
    require(request.headers["content-digest"] === `sha-256=:${digest}:`, "content-digest");
    require(/"content-digest"/.test(request.headers["signature-input"]), "digest not covered");
  }
  const found = await httpbis.verifyMessage(
    {
      requiredFields: ["@method", "@target-uri"],
      maxAge: 60,
      keyLookup: ({ keyid }) =>
        keyid === "monitor"
          ? { id: keyid, algs: [input], verify: createVerifier(
              input === "hmac-sha256" ? Buffer.from(key, "base64") : key, input) }
          : null,
    },
    {
      method: request.method,
      url: `http://${request.headers.host}${request.url}`,
      headers: request.headers,
    },
  );
  require(found === true, "signature");
}

async function jwt(request) {
  const [, token] = request.headers.authorization.match(/^Bearer (.+)$/);
  const { alg } = JSON.parse(Buffer.from(token.split(".")[0], "base64url"));
  const key = alg.startsWith("HS")
    ? createSecretKey(Buffer.from(keys.jwt[alg]))
    : createPublicKey(keys.jwt[alg]);
  const { payload, protectedHeader } = await jwtVerify(token, key, {
    algorithms: [alg],
    audience: `http://${request.headers.host}`,
    issuer: "monitor",
    maxTokenAge: "1 hour",
    requiredClaims: ["exp", "iat", "jti"],
  });
  require(protectedHeader.kid === "k1", "kid");
  require(payload.request === `${request.method} ${request.url.split("?")[0]}`, "request");
}

async function oauth1(request, body) {
  const given = Object.fromEntries(
    [...request.headers.authorization.matchAll(/(oauth_\w+)="([^"]*)"/g)].map(
      ([, name, value]) => [name, decodeURIComponent(value)],
    ),
  );
  const { oauth_signature: signature, oauth_signature_method: method, ...rest } = given;
  const data = request.headers["content-type"]?.startsWith(FORM)
    ? Object.fromEntries(new URLSearchParams(body.toString()))
    : {};
  const [family, hash] = method.split("-");
  const signer = new OAuth({
    consumer: { key: "monitor", secret: keys.oauth1.consumer_secret },
    signature_method: method,
    hash_function: (text, key) =>
      createHmac(hash.toLowerCase(), key).update(text).digest("base64"),
  });
  const asked = {
    method: request.method, url: `http://${request.headers.host}${request.url}`, data,
  };
  const params = { ...rest, oauth_signature_method: method };
  require(Math.abs(Date.now() / 1000 - Number(rest.oauth_timestamp)) < 60, "timestamp");
  if (family === "RSA") {
    const text = Buffer.from(signer.getBaseString(asked, params));
    const bytes = Buffer.from(signature, "base64");
    require(verify(hash.toLowerCase(), text, keys.oauth1.public_key, bytes), "signature");
  } else {
    const expected = signer.getSignature(asked, keys.oauth1.token_secret, params);
    require(signature === expected, "signature");
  }
}

function webhook(request, body) {
  new Webhook(keys.webhook).verify(body.toString(), request.headers);
}

const verifiers = {
  "/hawk": hawk, "/signature": signature, "/jwt": jwt, "/oauth1": oauth1, "/webhook": webhook,
};

createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const [path] = Object.keys(verifiers).filter((each) => request.url.startsWith(each));
  try {
    await verifiers[path](request, Buffer.concat(chunks));
    response.writeHead(200).end("verified");
  } catch (error) {
    response.writeHead(401).end(String(error));
  }
}).listen(port, "127.0.0.1");
