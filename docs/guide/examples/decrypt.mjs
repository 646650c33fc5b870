// Check and open an export of Downtime Monitor: npm install, then
//
//   node decrypt.mjs KEY_FILE JWKS_FILE manifest.jws
//
// KEY_FILE is what `age-keygen` wrote, JWKS_FILE what /.well-known/jwks.json answered. The parts lie
// beside the manifest. Each is written there without `.age`, and nothing is if a byte is not as signed.

import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Decrypter } from "age-encryption";
import { createLocalJWKSet, jwtVerify } from "jose";

const [keyFile, jwksFile, manifestFile] = process.argv.slice(2);

const jwks = createLocalJWKSet(JSON.parse(await readFile(jwksFile, "utf8")));
const { payload: manifest } = await jwtVerify((await readFile(manifestFile, "utf8")).trim(), jwks, {
  algorithms: ["ES256"],
  typ: "downtime-export+jws",
});

const key = (await readFile(keyFile, "utf8")).match(/^AGE-SECRET-KEY-\S+/m)[0];
const parts = manifest.parts.map((part) => ({ ...part, path: join(dirname(manifestFile), part.name) }));

for (const part of parts) {
  const hash = createHash("sha256");
  await pipeline(createReadStream(part.path), hash);
  if (hash.digest("hex") !== part.sha256) throw new Error(`${part.name} is not what was signed.`);
}

for (const { path } of parts) {
  const decrypter = new Decrypter();
  decrypter.addIdentity(key);
  // Fails if a chunk is changed, moved or missing.
  const plain = await decrypter.decrypt(Readable.toWeb(createReadStream(path)));
  const target = path.replace(/\.age$/, "");
  await pipeline(Readable.fromWeb(plain), createWriteStream(target));
  console.log(target);
}
