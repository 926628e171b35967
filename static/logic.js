// Which questions are shown, and answers in the form the API takes: the same rules as src/survey/logic and
// src/collect/fields, which judge again on the server. Pure: no document, no storage.

// JsonLogic with the operators that a survey may use. Unanswered items read as null. A rule that fails hides its item.
export function holds(rule, answers) {
  try {
    return truthy(value(rule, answers));
  } catch {
    return false;
  }
}

// The ids of the items that are shown to somebody with these answers. Items are judged in order; an answer to an item
// that is hidden by then reads as null.
export function visible(items, answers) {
  const seen = {};
  const shown = new Set();
  for (const item of items) {
    if (item.showIf !== undefined && !holds(item.showIf, seen)) continue;
    shown.add(item.id);
    if (item.id in answers) seen[item.id] = answers[item.id].text ?? answers[item.id];
  }
  return shown;
}

// What was filled in, by item, in JSON; empty fields are left out. `fields` is what FormData yields.
export function toAnswers(items, fields) {
  const given = new Map();
  for (const [name, text] of fields) {
    if (text.trim() !== "") given.set(name, [...(given.get(name) ?? []), text]);
  }
  const last = (name) => given.get(name)?.at(-1);
  const answers = {};
  for (const { id, kind, decimals } of items) {
    const name = `a.${id}`;
    if (kind === "pair") {
      const halves = ["importance", "satisfaction"].filter((half) => last(`${name}/${half}`) !== undefined);
      if (halves.length) answers[id] = Object.fromEntries(halves.map((half) => [half, point(last(`${name}/${half}`))]));
    } else if (last(name) !== undefined) {
      if (kind === "rating") answers[id] = point(last(name));
      else if (kind === "multiple") answers[id] = given.get(name);
      else if (kind === "number") answers[id] = number(last(name).trim(), decimals);
      else if (last(`${name}/show`) !== undefined) answers[id] = { text: last(name), show: true };
      else answers[id] = last(name);
    }
  }
  return answers;
}

const point = (text) => (/^\d+$/.test(text) ? Number(text) : text);

// A number as people type it: 3, 3.5, 3,5. More decimals than the item takes stay a text, which the server refuses:
// 1,000 typed for a thousand must not become 1.
function number(text, decimals) {
  const fits = new RegExp(`^-?[0-9]+([.,][0-9]{0,${decimals}})?$`).test(text);
  return fits ? Number(text.replace(",", ".")) : text;
}

const truthy = (found) => (Array.isArray(found) ? found.length > 0 : Boolean(found));

function numeric(found) {
  const number = found === null ? 0 : typeof found === "string" ? parseFloat(found) : Number(found);
  if (Number.isNaN(number) || Array.isArray(found)) throw new TypeError("not a number");
  return number;
}

function read(path, answers, otherwise = null) {
  let found = answers;
  for (const part of String(path).split(".")) {
    if (found === null || typeof found !== "object" || !(part in found)) return otherwise;
    found = found[part];
  }
  return found ?? otherwise;
}

const compare = (test) => (parts) => {
  const pairs = parts.slice(1).map((right, at) => [parts[at], right]);
  return pairs.every(([left, right]) =>
    typeof left === "string" && typeof right === "string" ? test(left, right) : test(numeric(left), numeric(right)),
  );
};

// The server's ==: null is 0, "" and false; a text is the number that it spells, and otherwise no number at all.
function loosely(left, right) {
  if (left === null || right === null) return [null, 0, "", false].includes(left ?? right);
  if (typeof left === typeof right && typeof left !== "object") return left === right;
  if (Array.isArray(left) && Array.isArray(right)) return JSON.stringify(left) === JSON.stringify(right);
  if (typeof left === "object" || typeof right === "object") throw new TypeError("not comparable");
  const texts = [left, right].filter((side) => typeof side === "string");
  if (texts.length && [left, right].some((side) => typeof side === "boolean")) return String(left) === String(right);
  if (texts.some((text) => Number.isNaN(Number(text)) || text.trim() === "")) throw new TypeError("not a number");
  return Number(left) === Number(right);
}
const reduce = (join) => (parts) => parts.map(numeric).reduce(join);

const OPERATORS = {
  "==": ([left, right]) => loosely(left, right),
  "===": ([left, right]) => left === right,
  "!=": ([left, right]) => !loosely(left, right),
  "!==": ([left, right]) => left !== right,
  "<": compare((left, right) => left < right),
  "<=": compare((left, right) => left <= right),
  ">": compare((left, right) => left > right),
  ">=": compare((left, right) => left >= right),
  "!": ([found]) => !truthy(found),
  "!!": ([found]) => truthy(found),
  in: ([needle, hay]) => (typeof hay === "string" || Array.isArray(hay) ? hay.includes(needle) : false),
  "+": reduce((left, right) => left + right),
  "*": reduce((left, right) => left * right),
  "-": (parts) => (parts.length === 1 ? -numeric(parts[0]) : numeric(parts[0]) - numeric(parts[1])),
  "/": ([left, right]) => {
    if (numeric(right) === 0) throw new RangeError("division by zero");
    return numeric(left) / numeric(right);
  },
  min: (parts) => Math.min(...parts.map(numeric)),
  max: (parts) => Math.max(...parts.map(numeric)),
};

function value(rule, answers) {
  if (Array.isArray(rule)) return rule.map((part) => value(part, answers));
  if (rule === null || typeof rule !== "object") return rule;
  const [[operator, given]] = Object.entries(rule);
  const parts = Array.isArray(given) ? given : [given];
  switch (operator) {
    case "var":
      return read(parts[0], answers, parts.length > 1 ? value(parts[1], answers) : null);
    case "missing":
      return missing(parts, answers);
    case "missing_some": {
      const gone = missing(parts[1], answers);
      return parts[1].length - gone.length >= parts[0] ? [] : gone;
    }
    case "if":
      for (let at = 0; at + 1 < parts.length; at += 2) {
        if (truthy(value(parts[at], answers))) return value(parts[at + 1], answers);
      }
      return parts.length % 2 ? value(parts.at(-1), answers) : null;
    case "and":
    case "or": {
      let found = null;
      for (const part of parts) {
        found = value(part, answers);
        if (truthy(found) === (operator === "or")) return found;
      }
      return found;
    }
    default:
      return OPERATORS[operator](parts.map((part) => value(part, answers)));
  }
}

function missing(names, answers) {
  return names.flat().filter((name) => [null, ""].includes(read(name, answers)));
}
