// Text with entities to nodes. Offsets are UTF-16 units, which JavaScript strings index directly.

import { element } from "./dom.js";
import { me } from "./state.js";

const SIMPLE = { bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code" };
const BLOCKS = new Set(["PRE", "BLOCKQUOTE"]);
const SAFE = /^(https?|tg|mailto):/i;

export function richText(text, entities = [], onCommand = () => {}) {
  const ordered = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  const fragment = document.createDocumentFragment();
  fragment.append(...pieces(text, ordered, 0, text.length, onCommand));
  return fragment;
}

function pieces(text, entities, begin, end, onCommand) {
  const nodes = [];
  let at = begin;
  for (let n = 0; n < entities.length; n += 1) {
    const entity = entities[n];
    const from = Math.max(entity.offset, at);
    const to = Math.min(entity.offset + entity.length, end);
    if (to <= from) continue;
    const inner = entities.slice(n + 1).filter((other) => other.offset < to);
    if (from > at) nodes.push(text.slice(at, from));
    const node = wrapper(entity, text.slice(from, to), onCommand);
    node.append(...(entity.type === "date_time" ? [shownTime(entity) || text.slice(from, to)] : pieces(text, inner, from, to, onCommand)));
    nodes.push(node);
    // a block ends its own line, so the line break after it would show as an empty line
    at = BLOCKS.has(node.tagName) && text[to] === "\n" && to < end ? to + 1 : to;
  }
  if (at < end) nodes.push(text.slice(at, end));
  return nodes;
}

function wrapper(entity, text, onCommand) {
  if (SIMPLE[entity.type]) return element(SIMPLE[entity.type]);
  switch (entity.type) {
    case "pre":
      return element("pre", { data: entity.language ? { language: entity.language } : {} });
    case "blockquote":
      return element("blockquote");
    case "expandable_blockquote":
      return element("blockquote", {
        className: "folded",
        on: { click: (event) => event.currentTarget.classList.toggle("folded") },
      });
    case "date_time":
      return element("time", { className: "moment", title: shownTime(entity), dateTime: new Date(entity.unix_time * 1000).toISOString() });
    case "spoiler":
      return element("span", {
        className: "spoiler",
        on: { click: (event) => event.currentTarget.classList.add("shown") },
      });
    case "text_link":
      return link(entity.url);
    case "url":
      return link(text);
    case "bot_command":
      return element("span", { className: "tap", on: { click: () => onCommand(text) } });
    case "mention":
    case "hashtag":
    case "cashtag":
      return element("span", { className: "tap" });
    default:
      return element("span");
  }
}

const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];

// A moment in the reader's own zone and language, as its format asks; empty where the words inside stay.
export function shownTime({ unix_time: unix, date_time_format: format = "" }) {
  if (/^r$/i.test(format)) return relative(unix - Date.now() / 1000);
  const has = (letter) => format.includes(letter);
  const options = {
    ...((has("w") || has("W")) && { weekday: has("W") ? "long" : "short" }),
    ...((has("d") || has("D")) && { day: "numeric", month: has("D") ? "long" : "numeric", year: "numeric" }),
    ...((has("t") || has("T")) && { hour: "2-digit", minute: "2-digit", hour12: false }),
    ...(has("T") && { second: "2-digit" }),
  };
  return Object.keys(options).length ? new Date(unix * 1000).toLocaleString(me()?.language_code ?? [], options) : "";
}

function relative(seconds) {
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? UNITS.at(-1);
  return new Intl.RelativeTimeFormat(me()?.language_code ?? [], { numeric: "auto" }).format(Math.round(seconds / size), unit);
}

function link(url) {
  if (!SAFE.test(url)) return element("span");
  return element("a", { href: url, target: "_blank", rel: "noopener noreferrer" });
}
