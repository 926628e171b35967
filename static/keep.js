// What this browser keeps of one round, and nowhere else: a claim on its way, the credential, the draft, a submission on
// its way, and in the end the token alone. Never the code of the invitation, so that nothing here says whose it is.

const place = (round) => `rapport:${round}`;

export function kept(round) {
  try {
    return JSON.parse(localStorage.getItem(place(round))) ?? {};
  } catch {
    return {};
  }
}

// Keeps these parts and leaves the others; a part that is null is dropped.
export function keep(round, parts) {
  const all = Object.entries({ ...kept(round), ...parts }).filter(([, part]) => part !== null);
  localStorage.setItem(place(round), JSON.stringify(Object.fromEntries(all)));
}

export const clear = (round) => localStorage.removeItem(place(round));

export const $ = (id) => document.getElementById(id);
export const show = (id, shown = true) => {
  $(id).hidden = !shown;
};

// A request that carries no cookie and no referrer, and is kept in no cache.
export function ask(path, body, headers = {}) {
  return fetch(path, {
    method: body === undefined ? "GET" : "POST",
    headers: body === undefined ? headers : { "content-type": "application/json", ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
    credentials: "omit",
    referrerPolicy: "no-referrer",
    cache: "no-store",
    redirect: "error",
  });
}

// Offers a text as a file.
export function saveAs(name, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// A credential from a file that `saveAs` made, for this round.
export async function credentialFrom(file, round) {
  const saved = JSON.parse(await file.text());
  const wanted = { key_id: 64, token: 64, prefix: 64, signature: 512 };
  const fits = ([name, length]) => typeof saved.credential?.[name] === "string" && saved.credential[name].length >= length;
  if (saved.round !== round || !Object.entries(wanted).every(fits)) throw new Error("not a credential of this round");
  return saved.credential;
}
