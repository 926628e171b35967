// The promise page: with scripts, the way that nobody can link.
//
// Claim with the code of the invitation; then go to the form at an address without it. A reply that is lost costs
// nothing: the claim is kept before it is sent, and the same one again gets the same signature.

import { credentialOf, isAble, newClaim, unitOf } from "./credential.js";
import { $, ask, clear, credentialFrom, keep, kept, show } from "./keep.js";

const root = $("credential");
const { round, code, digest, keyId, form } = root.dataset;
const isClaimed = "claimed" in root.dataset;
const texts = JSON.parse(root.dataset.texts);

function tell(text, isTrouble = false) {
  $("told").textContent = isTrouble ? "" : text;
  $("trouble").textContent = isTrouble ? text : "";
  show("trouble", isTrouble);
  if (isTrouble) $("trouble").focus();
}

// Leaves this page, and with it the code, out of the browser's way back.
const goOn = () => location.replace(form);

async function claim() {
  const manifest = await (await ask(`/rounds/${round}/manifest.json`)).text();
  // A key that is not in the manifest was made for one person: throws, and nothing is sent.
  const unit = await unitOf(manifest, digest, keyId);
  let { claim: started } = kept(round);
  if (started?.key_id !== keyId) {
    started = await newClaim(unit);
    keep(round, { claim: started });
  }
  const { key_id, blinded_message } = started;
  const answer = await ask(`/api/v1/invitations/${code}/claim`, { key_id, blinded_message });
  const body = await answer.json();
  if (!answer.ok) return tell(texts[body.code] ?? texts.failed, true);
  const credential = await credentialOf(started, body.blind_signature);
  keep(round, { claim: null, credential, receipt: null });
  return goOn();
}

async function start() {
  $("claim").disabled = true;
  tell(texts.working);
  try {
    await claim();
  } catch (error) {
    const isNetwork = error instanceof TypeError;
    tell(isNetwork ? texts.offline : `${texts.distrust} (${error.message})`, true);
  }
  $("claim").disabled = false;
}

async function load(event) {
  try {
    const credential = await credentialFrom(event.target.files[0], round);
    keep(round, { credential, claim: null });
    goOn();
  } catch {
    tell(texts["bad-file"], true);
  }
}

function weaker() {
  show("unlinkable", false);
  show("separated");
  $("separated").focus();
}

if (isAble()) {
  const { claim: started, credential, receipt, draft } = kept(round);
  const isOthers = credential && !receipt && !isClaimed;
  show("separated", false);
  show("unlinkable");
  show("begun", Boolean(credential && !receipt));
  // Once claimed, only the claim that this browser began can be finished here.
  show("claim", isClaimed ? started?.key_id === keyId && !credential : !isOthers);
  if (receipt && !isClaimed) clear(round); // somebody else has answered in this browser before
  $("claim").addEventListener("click", start);
  $("load").addEventListener("change", load);
  $("go-on").addEventListener("click", goOn);
  $("start-over").addEventListener("click", () => {
    if (!confirm(texts["clear-sure"])) return;
    clear(round);
    show("begun", false);
    show("claim");
  });
  show("start-over", Boolean(isOthers || draft));
  if (!isClaimed) $("weaker").addEventListener("click", weaker);
}
