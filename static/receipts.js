// Checks, in this browser, that the token it kept is among those that were spent. Nothing is sent but the question for the
// whole list.

import { $, ask, kept, show } from "./keep.js";

const root = $("receipts");
const { round } = root.dataset;
const texts = JSON.parse(root.dataset.texts);

async function check(token) {
  const list = await ask(`/rounds/${round}/receipts.txt`);
  const isIn = list.ok && (await list.text()).split("\n").includes(token);
  $("found").textContent = list.ok ? (isIn ? texts.in : texts.out) : texts.offline;
}

const { receipt } = kept(round);
// Before the close there is no list, and no form.
if ($("check")) {
  show("check");
  $("check").addEventListener("submit", (event) => {
    event.preventDefault();
    check($("token").value.trim().toLowerCase()).catch(() => {
      $("found").textContent = texts.offline;
    });
  });
  if (receipt) {
    $("token").value = receipt;
    $("check").requestSubmit();
  }
}
