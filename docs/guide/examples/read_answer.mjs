// Open and check an encrypted answer of Downtime Monitor: npm install, then
//
//   node read_answer.mjs KEY_FILE JWKS_FILE ISSUER RECIPIENT < answer
//
// KEY_FILE is your private key as JWK, JWKS_FILE what /.well-known/jwks.json answered, ISSUER the address of
// the system, RECIPIENT the id of your recipient. Writes the claims; `answer` is what plain JSON would say.

import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { compactDecrypt, createLocalJWKSet, importJWK, jwtVerify } from "jose";

const [keyFile, jwksFile, issuer, audience] = process.argv.slice(2);

const jwk = JSON.parse(await readFile(keyFile, "utf8"));
const alg = jwk.kty === "RSA" ? "RSA-OAEP-256" : "ECDH-ES+A256KW";
const sealed = (await text(process.stdin)).trim();
const { plaintext, protectedHeader } = await compactDecrypt(sealed, await importJWK(jwk, alg), {
  keyManagementAlgorithms: [alg],
  contentEncryptionAlgorithms: ["A256GCM"],
});
if (protectedHeader.cty !== "JWT") throw new Error("This is no nested JWT.");

const jwks = createLocalJWKSet(JSON.parse(await readFile(jwksFile, "utf8")));
const { payload } = await jwtVerify(plaintext, jwks, {
  algorithms: ["ES256"],
  typ: "downtime-answer+jwt",
  issuer,
  audience,
  requiredClaims: ["iat", "exp", "jti", "org", "path", "answer"],
});
console.log(JSON.stringify(payload));
