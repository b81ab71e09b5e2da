// Makes keys and tokens for tests with Node's own cryptography. One JSON object a line in, one line out.
import { createHmac, createSign, constants, generateKeyPairSync, sign } from "node:crypto";
import { createInterface } from "node:readline";

const keys = new Map();
const text = (value) => (typeof value === "string" ? value : JSON.stringify(value));
const encode = (value) => Buffer.from(value).toString("base64url");

function makeKey({ kid, type, bits = 2048 }) {
  const pair =
    type === "RSA" ? generateKeyPairSync("rsa", { modulusLength: bits }) : generateKeyPairSync("ec", { namedCurve: type });
  keys.set(kid, pair);
  return JSON.stringify(pair.publicKey.export({ format: "jwk" }));
}

function signature(alg, signed, pair) {
  const hash = "sha" + alg.slice(2);
  switch (alg.slice(0, 2)) {
    case "RS":
      return createSign(hash).update(signed).sign(pair.privateKey);
    case "PS":
      return sign(hash, Buffer.from(signed), {
        key: pair.privateKey,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      });
    case "ES":
      return sign(hash, Buffer.from(signed), { key: pair.privateKey, dsaEncoding: "ieee-p1363" });
    case "HS":
      // The old confusion: the public key, as everybody can read it, taken for the secret.
      return createHmac(hash, pair.publicKey.export({ format: "pem", type: "spki" })).update(signed).digest();
    default:
      return Buffer.alloc(0);
  }
}

function makeToken({ kid, alg, signAs, header, payload }) {
  const signed = encode(text(header ?? { alg, kid, typ: "JWT" })) + "." + encode(text(payload));
  return signed + "." + encode(signature(signAs ?? alg, signed, keys.get(kid)));
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const request = JSON.parse(line);
  process.stdout.write((request.op === "key" ? makeKey(request) : makeToken(request)) + "\n");
});
