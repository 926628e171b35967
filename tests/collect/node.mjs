// Runs the browser's own files, and an independent implementation, on what a test hands in. One JSON in, one JSON out.

import { readFileSync } from "node:fs";

import { blind, encode, finish, hex, publicKey, unhex } from "./credential.js";
import { toAnswers, visible } from "./logic.js";

const base64url = (bytes) => Buffer.from(bytes).toString("base64url");
const jwkOf = ({ n, e }) => ({ kty: "RSA", n: base64url(unhex(n)), e: base64url(unhex(e)) });
const bytes = (text) => (text === "" ? new Uint8Array() : unhex(text));

// Every vector of RFC 9474, appendix A, through the browser's functions.
async function vectors(all) {
  const found = [];
  for (const vector of all) {
    const key = await publicKey(jwkOf(vector));
    const [message, salt] = [bytes(vector.input_msg), bytes(vector.salt)];
    const made = await blind(key, message, salt, unhex(vector.r));
    const signature = await finish(key, message, unhex(vector.inv), unhex(vector.blind_sig), salt.length);
    const encoded = await encode(message, salt, key.bits);
    found.push({ encoded: hex(encoded), blinded: hex(made.blinded), inverse: hex(made.inverse), signature: hex(signature) });
  }
  return found;
}

async function tampered({ jwk, message, inverse, blindSignature }) {
  const key = await publicKey(jwk);
  try {
    await finish(key, unhex(message), unhex(inverse), unhex(blindSignature));
    return "taken";
  } catch (error) {
    return error.message;
  }
}

const independent = async () => {
  const { RSABSSA } = await import(`${process.env.BLINDRSA}/lib/src/index.js`);
  return RSABSSA.SHA384.PSS.Randomized();
};
const importPublic = (jwk) =>
  crypto.subtle.importKey("jwk", { ...jwk, alg: "PS384", ext: true }, { name: "RSA-PSS", hash: "SHA-384" }, true, ["verify"]);

async function theirBlind({ jwk, message }) {
  const suite = await independent();
  const prepared = suite.prepare(unhex(message));
  const { blindedMsg, inv } = await suite.blind(await importPublic(jwk), prepared);
  return { prepared: hex(prepared), blinded: hex(blindedMsg), inverse: hex(inv) };
}

async function theirFinish({ jwk, prepared, inverse, signature }) {
  const suite = await independent();
  const sig = await suite.finalize(await importPublic(jwk), unhex(prepared), unhex(signature), unhex(inverse));
  return hex(sig);
}

async function theirVerify({ jwk, message, signature }) {
  const suite = await independent();
  return suite.verify(await importPublic(jwk), unhex(signature), unhex(message));
}

// Signs with the private key of a vector.
async function theirSign({ vector, blinded }) {
  const suite = await independent();
  const [n, e, d, p, q] = ["n", "e", "d", "p", "q"].map((name) => BigInt(`0x${vector[name]}`));
  const power = (b, x, m) => {
    let r = 1n;
    for (b %= m; x > 0n; x >>= 1n, b = (b * b) % m) if (x & 1n) r = (r * b) % m;
    return r;
  };
  const text = (number) => base64url(unhex(number.toString(16).padStart(number.toString(16).length % 2 ? number.toString(16).length + 1 : 0, "0")));
  const jwk = { kty: "RSA", n: text(n), e: text(e), d: text(d), p: text(p), q: text(q), dp: text(d % (p - 1n)),
    dq: text(d % (q - 1n)), qi: text(power(q, p - 2n, p)), alg: "PS384", ext: true };
  const key = await crypto.subtle.importKey("jwk", jwk, { name: "RSA-PSS", hash: "SHA-384" }, true, ["sign"]);
  return hex(await suite.blindSign(key, unhex(blinded)));
}

const shown = ({ items, all }) => all.map((answers) => [...visible(items, answers)].sort());
const read = ({ items, fields }) => toAnswers(items, fields);

const { job, given } = JSON.parse(readFileSync(0, "utf8"));
const jobs = { vectors, tampered, theirBlind, theirFinish, theirVerify, theirSign, shown, read };
console.log(JSON.stringify(await jobs[job](given)));
