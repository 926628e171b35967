// The form of a round, for somebody with a credential: one long page from the server, shown page by page. The draft stays
// in this browser; what is sent carries the credential and nothing of the invitation.
//
// The submission is kept before it is sent. When the reply is lost the very same one is sent again, and the server
// recognises it: a voice is neither lost nor doubled.

import { hex, isAble, random } from "./credential.js";
import { $, ask, clear, credentialFrom, keep, kept, saveAs, show } from "./keep.js";
import { toAnswers, visible } from "./logic.js";

const root = $("answering");
const { round } = root.dataset;
const texts = JSON.parse(root.dataset.texts);
const form = $("answers");
const pages = [...form.querySelectorAll("[data-page]")];
const boxes = [...form.querySelectorAll("[data-item]")];
const items = boxes.map((box) => ({
  id: box.dataset.item,
  kind: box.dataset.kind,
  decimals: Number(box.dataset.decimals ?? 0),
  showIf: box.dataset.showIf === undefined ? undefined : JSON.parse(box.dataset.showIf),
}));
const title = document.title;
let here = 0; // the place of the page in `walk()`; its length is the review

const fields = () => [...new FormData(form)].map(([name, text]) => [name, String(text)]);
const answers = () => {
  const given = toAnswers(items, fields());
  const shown = visible(items, given);
  return Object.fromEntries(Object.entries(given).filter(([id]) => shown.has(id)));
};
const boxOf = (id) => boxes.find((box) => box.dataset.item === id);

// Hides the questions that are not for somebody with these answers; returns the pages that have any left.
function walk() {
  const shown = visible(items, toAnswers(items, fields()));
  for (const box of boxes) box.hidden = !shown.has(box.dataset.item);
  return pages.filter((page) => page.querySelector("[data-item]:not([hidden])"));
}

function turnTo(place, focus = true) {
  const way = walk();
  here = Math.max(0, Math.min(place, way.length));
  const isReview = here === way.length;
  for (const page of pages) page.hidden = isReview ? !way.includes(page) : page !== way[here];
  show("review", isReview);
  show("back", here > 0);
  show("next", !isReview);
  show("send", isReview);
  const told = isReview
    ? texts.review
    : texts.progress.replace("%n", String(here + 1)).replace("%m", String(way.length));
  $("place").textContent = told;
  document.title = `${told} - ${title}`;
  if (focus) (isReview ? $("review") : way[here].querySelector("h2")).focus();
  window.scrollTo(0, 0);
}

function fill(draft) {
  for (const [name, text] of draft) {
    for (const input of form.elements) {
      if (input.name !== name) continue;
      if (["radio", "checkbox"].includes(input.type)) input.checked ||= input.value === text;
      else input.value = text;
    }
  }
}

// Marks what is wrong, in the questions and in a list that leads to them. `problems`: item and text.
function mark(problems) {
  form.querySelectorAll(".wrong").forEach((one) => one.classList.remove("wrong"));
  form.querySelectorAll("[aria-invalid]").forEach((one) => one.removeAttribute("aria-invalid"));
  const list = $("wrong-list");
  list.replaceChildren();
  for (const [id, text] of problems) {
    const box = boxOf(id);
    const first = box?.querySelector("input, textarea");
    if (!first) continue;
    box.firstElementChild.classList.add("wrong");
    first.setAttribute("aria-invalid", "true");
    const link = document.createElement("a");
    link.href = `#${first.id}`;
    link.textContent = `${box.querySelector("legend, label").textContent.trim()}: ${text}`;
    list.appendChild(document.createElement("li")).append(link);
  }
  show("wrong", list.children.length > 0);
  if (list.children.length) $("wrong").focus();
}

function missingOn(page) {
  const given = answers();
  const asked = [...page.querySelectorAll("[data-required]:not([hidden])")].map((box) => box.dataset.item);
  return asked.filter((id) => !(id in given)).map((id) => [id, texts.required]);
}

function next() {
  const way = walk();
  const missing = missingOn(way[here]);
  mark(missing);
  if (!missing.length) turnTo(here + 1);
}

// The submission that is kept until its reply is there; made anew only when the answers were changed after a refusal.
function submission() {
  const { credential, submission: waiting } = kept(round);
  const body = { credential, answers: answers() };
  if (waiting && JSON.stringify(waiting.body) === JSON.stringify(body)) return waiting;
  const made = { key: hex(random(16)), body };
  keep(round, { submission: made });
  return made;
}

async function send() {
  $("send").disabled = true;
  mark([]);
  show("trouble", false);
  try {
    const { key, body } = submission();
    const answer = await ask(`/api/v1/rounds/${round}/responses`, body, { "idempotency-key": key });
    const told = answer.status === 201 ? {} : await answer.json();
    if (answer.status === 201) done(body.credential.token);
    else if (answer.status === 422) refused(told);
    else await inTrouble(texts[told.code] ?? texts.failed, body.credential.token);
  } catch {
    await inTrouble(texts.offline);
  }
  $("send").disabled = false;
}

function refused({ errors = [] }) {
  // The same key must not go with other answers.
  keep(round, { submission: null });
  mark(errors.map(({ pointer, code }) => [pointer.split("/")[2], code === "required" ? texts.required : texts.wrong]));
}

// A reply that says no may be the answer to a repetition whose first reply was lost: the receipts tell.
async function inTrouble(text, token) {
  const receipts = token && (await ask(`/rounds/${round}/receipts.txt`).catch(() => undefined));
  if (receipts?.ok && (await receipts.text()).split("\n").includes(token)) return done(token);
  $("trouble").textContent = text;
  show("trouble");
  return $("trouble").focus();
}

// Only the token stays: with it anybody can check, after the close, that their response is in.
function done(token) {
  keep(round, { receipt: token, credential: null, draft: null, submission: null, place: null });
  thank(token);
}

function thank(token) {
  for (const id of ["by-invitation", "form"]) show(id, false);
  show("sent");
  $("token").textContent = token;
  document.title = `${texts.sent} - ${title}`;
  $("sent").focus();
}

function clearAll() {
  if (!confirm(texts["clear-sure"])) return;
  clear(round);
  form.reset();
  location.replace(location.pathname + location.search);
}

function begin() {
  show("by-invitation", false);
  show("form");
  const { draft = [], place = 0 } = kept(round);
  fill(draft);
  turnTo(place, false);
}

function keepDraft() {
  keep(round, { draft: fields(), place: here });
}

if (isAble()) {
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    walk();
    keepDraft();
  });
  $("next").addEventListener("click", () => (next(), keepDraft()));
  $("back").addEventListener("click", () => (mark([]), turnTo(here - 1), keepDraft()));
  $("send").addEventListener("click", send);
  $("save").addEventListener("click", () =>
    saveAs(`${round}.credential.json`, JSON.stringify({ round, credential: kept(round).credential })),
  );
  for (const button of document.querySelectorAll(".clear")) button.addEventListener("click", clearAll);
  $("load").addEventListener("change", async (event) => {
    try {
      keep(round, { credential: await credentialFrom(event.target.files[0], round), claim: null });
      begin();
    } catch {
      await inTrouble(texts["bad-file"]);
    }
  });
  show("elsewhere");
  const { credential, receipt } = kept(round);
  if (receipt) thank(receipt);
  else if (credential) begin();
}
