// Unlinkable credentials in the browser: RFC 9474, RSABSSA-SHA384-PSS-Randomized, on WebCrypto and BigInt.
//
// The blinding factor is drawn here and never sent. What is sent to be signed is the token times that factor, and
// every token fits every such product equally well: the signer cannot know which token it signed. BigInt's time depends
// on its values, which matters only to somebody who can measure inside this browser, and they could read the token anyway.
//
// No dependency, no build step. tests/collect and tests/browser hold every function byte by byte against RFC 9474.

const HASH_BYTES = 48; // SHA-384
export const SALT_BYTES = 48;
export const LEAST_INVITED = 20; // nobody hides among fewer

const ALGORITHM = { name: "RSA-PSS", hash: "SHA-384" };

export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export function unhex(text) {
  if (!/^([0-9a-f]{2})+$/.test(text)) throw new Error("not hexadecimal");
  return Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
}

export const random = (length) => crypto.getRandomValues(new Uint8Array(length));

export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

const sha384 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-384", bytes));
const integer = (bytes) => BigInt("0x" + hex(bytes));
const bytesOf = (number, length) => unhex(number.toString(16).padStart(2 * length, "0"));
const fromBase64url = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));

function join(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function power(base, exponent, modulus) {
  let result = 1n;
  for (base %= modulus; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % modulus;
    base = (base * base) % modulus;
  }
  return result;
}

// The inverse of a modulo m, by the extended Euclidean algorithm; undefined when there is none.
function inverse(a, m) {
  let [r, next, s, t] = [m, a % m, 0n, 1n];
  while (next > 0n) {
    const q = r / next;
    [r, next] = [next, r - q * next];
    [s, t] = [t, s - q * t];
  }
  return r === 1n ? ((s % m) + m) % m : undefined;
}

// EMSA-PSS-ENCODE (RFC 8017, section 9.1.1) with SHA-384 and MGF1.
export async function encode(message, salt, modulusBits) {
  const bits = modulusBits - 1;
  const length = Math.ceil(bits / 8);
  const hash = await sha384(join(new Uint8Array(8), await sha384(message), salt));
  const padding = length - HASH_BYTES - salt.length - 2;
  if (padding < 0) throw new Error("the key is too small");
  const block = join(new Uint8Array(padding), Uint8Array.of(1), salt);
  for (let at = 0, counter = 0; at < block.length; counter += 1) {
    const mask = await sha384(join(hash, bytesOf(BigInt(counter), 4)));
    for (const byte of mask.subarray(0, block.length - at)) block[at++] ^= byte;
  }
  block[0] &= 0xff >> (8 * length - bits);
  return join(block, hash, Uint8Array.of(0xbc));
}

// A public key as JWK: its numbers for blinding, and WebCrypto's own form of it for verifying.
export async function publicKey(jwk) {
  const n = integer(fromBase64url(jwk.n));
  const e = integer(fromBase64url(jwk.e));
  const bits = n.toString(2).length;
  const verifier = await crypto.subtle.importKey("jwk", { kty: "RSA", n: jwk.n, e: jwk.e }, ALGORITHM, true, ["verify"]);
  return { n, e, bits, size: Math.ceil(bits / 8), verifier };
}

// A random number below the modulus that has an inverse.
export function drawBlind(key) {
  for (;;) {
    const r = random(key.size);
    const number = integer(r);
    if (number > 0n && number < key.n && inverse(number, key.n) !== undefined) return r;
  }
}

// Blind (RFC 9474, section 4.2). `blinded` is sent, `inverse` stays.
export async function blind(key, message, salt, r) {
  const encoded = integer(await encode(message, salt, key.bits));
  const factor = integer(r);
  const inverted = inverse(factor, key.n);
  if (inverted === undefined || encoded >= key.n) throw new Error("this blinding factor does not fit the key");
  const blinded = (encoded * power(factor, key.e, key.n)) % key.n;
  return { blinded: bytesOf(blinded, key.size), inverse: bytesOf(inverted, key.size) };
}

// Finalize (RFC 9474, section 4.4). Throws when what comes of it is not a signature of this very key.
export async function finish(key, message, inverted, blindSignature, saltLength = SALT_BYTES) {
  const signed = integer(blindSignature);
  if (blindSignature.length !== key.size || signed >= key.n) throw new Error("not a signature of this key");
  const signature = bytesOf((signed * integer(inverted)) % key.n, key.size);
  const good = await crypto.subtle.verify({ name: "RSA-PSS", saltLength }, key.verifier, signature, message);
  if (!good) throw new Error("not a signature of this key");
  return signature;
}

// The unit of that key in a manifest, after everything that can be checked was: that the manifest is the one whose
// digest the page shows, that the key is in it once, is what its id says, and signs for enough people.
export async function unitOf(manifestText, digest, keyId) {
  if (hex(await sha256(new TextEncoder().encode(manifestText))) !== digest) {
    throw new Error("the manifest is not the one that was promised");
  }
  const manifest = JSON.parse(manifestText);
  if (manifest.scheme !== "RSABSSA-SHA384-PSS-Randomized") throw new Error("an unknown scheme");
  const units = Object.values(manifest.audiences).flatMap((audience) => audience.units);
  const found = units.filter((unit) => unit.key_id === keyId);
  if (found.length !== 1) throw new Error("the key is not in the manifest");
  const [unit] = found;
  if (unit.invited < LEAST_INVITED) throw new Error("the key signs for too few people");
  const spki = unhex(unit.spki);
  if (hex(await sha256(spki)) !== keyId) throw new Error("the key is not the one of its id");
  const imported = await crypto.subtle.importKey("spki", spki, ALGORITHM, true, ["verify"]);
  const jwk = await crypto.subtle.exportKey("jwk", imported);
  if (jwk.n !== unit.jwk.n || jwk.e !== unit.jwk.e) throw new Error("the two forms of the key differ");
  return unit;
}

// A claim: what is sent, and what has to be kept to make a credential of the answer.
export async function newClaim(unit) {
  const key = await publicKey(unit.jwk);
  const [token, prefix] = [random(32), random(32)];
  const made = await blind(key, join(prefix, token), random(SALT_BYTES), drawBlind(key));
  return {
    key_id: unit.key_id,
    jwk: unit.jwk,
    token: hex(token),
    prefix: hex(prefix),
    inverse: hex(made.inverse),
    blinded_message: hex(made.blinded),
  };
}

// The credential of a claim and the server's answer to it.
export async function credentialOf(claim, blindSignature) {
  const key = await publicKey(claim.jwk);
  const message = join(unhex(claim.prefix), unhex(claim.token));
  const signature = await finish(key, message, unhex(claim.inverse), unhex(blindSignature));
  return { key_id: claim.key_id, token: claim.token, prefix: claim.prefix, signature: hex(signature) };
}

// Whether this browser can do all that. `crypto.subtle` exists on https and on this machine's own addresses only.
export const isAble = () => Boolean(globalThis.crypto?.subtle) && typeof BigInt === "function";
