// One message as a bubble with its picture, text, foot and keyboard.

import { fileUrl } from "./api.js";
import { clockTime, element, fullName, icon } from "./dom.js";
import { richText } from "./entities.js";
import { chat, isOwn, keyOf, serviceText, speaker, summary } from "./state.js";
import { richBlocks } from "./rich.js";
import { openZoom } from "./zoom.js";

const REPLY_ICON = "M9 7L4 12l5 5M4 12h9a7 7 0 017 7";
const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);

// `acts` has press(record, row, column, button), reply(record), command(text) and jump(id).
export function messageNode(record, first, acts) {
  const { message } = record;
  const note = serviceText(message);
  const data = { testid: "message", from: record.from_bot ? "bot" : "user", id: keyOf(record), seq: record.seq };
  if (note !== null) return element("div", { className: "note", text: note, data: { id: message.message_id } });
  const own = isOwn(record) ? " own" : "";
  const alone = record.only_for === null ? "" : " whispered";
  const node = element("article", { className: `message${own}${alone}${first ? " first" : ""}`, data });
  const wide = message.photo && !tall(message.photo.at(-1)) ? " wide" : "";
  const bubble = element("div", { className: `bubble${wide}` }, ...bubbleParts(record, first, acts));
  node.append(bubble, ...(alone ? [] : [replyButton(record, acts)]));
  const keys = keyboard(record, acts);
  if (keys) node.append(keys);
  return node;
}

const tall = (size) => size.height > size.width * 1.4;

function bubbleParts(record, first, acts) {
  const { message } = record;
  const body = message.text ?? message.caption ?? "";
  return [
    record.only_for === null ? null : element("div", { className: "alone", text: "Only you can see this" }),
    showsSender(record, first) ? element("div", { className: "sender", text: fullName(speaker(message)) }) : null,
    message.reply_to_message ? quote(message.reply_to_message, acts) : null,
    message.photo ? picture(message.photo, body) : null,
    message.document ? fileLink(message.document) : null,
    body ? textNode(message, body, acts) : null,
    message.rich_message ? richBlocks(message.rich_message.blocks, (data, node) => acts.pressData(record, data, node)) : null,
    foot(record),
  ];
}

const showsSender = (record, first) => first && !isOwn(record) && chat()?.type !== "private";

function quote(target, acts) {
  if (target.forum_topic_created) return null;
  return element("button", { className: "quote", on: { click: () => acts.jump(target.message_id) } },
    element("b", { text: fullName(speaker(target)) }), element("span", { text: summary(target) }));
}

function picture(sizes, caption) {
  const size = sizes.at(-1);
  const source = fileUrl(size.file_id);
  const alt = caption.split("\n")[0] || "Picture";
  const image = element("img", { src: source, alt, width: size.width, height: size.height, decoding: "async" });
  return element("button", {
    className: caption ? "photo" : "photo bare",
    data: { testid: "photo" },
    attributes: { "aria-label": `Enlarge picture: ${alt}` },
    on: { click: () => openZoom(source, alt) },
  }, image);
}

function fileLink(file) {
  const badge = element("div", { className: "avatar hue-5", text: file.file_name.split(".").at(-1).slice(0, 3) });
  const kilobytes = `${Math.max(1, Math.round(file.file_size / 1024))} kB`;
  return element("a", { className: "file", href: fileUrl(file.file_id), download: file.file_name, data: { testid: "document" } },
    badge, element("span", { className: "who" }, element("b", { text: file.file_name }), element("span", { text: kilobytes })));
}

function textNode(message, body, acts) {
  const entities = message.entities ?? message.caption_entities ?? [];
  const ends = entities.some((e) => BLOCKS.has(e.type) && e.offset + e.length >= body.length);
  const node = element("div", { className: `text${ends ? " block-end captioned" : ""}` });
  node.style.setProperty("--foot", message.edit_date ? "86px" : "46px");
  node.append(richText(body, entities, acts.command));
  return node;
}

function foot(record) {
  const { message } = record;
  const times = record.history.length;
  const edited = message.edit_date
    ? element("span", { className: "edited", text: "edited", title: `changed ${times} time${times === 1 ? "" : "s"}` })
    : null;
  return element("div", { className: "foot" }, edited, element("time", { text: clockTime(message.date) }));
}

function replyButton(record, acts) {
  return element("button", {
    className: "answer",
    title: "Reply",
    attributes: { "aria-label": "Reply" },
    data: { testid: "reply-button" },
    on: { click: () => acts.reply(record) },
  }, icon(REPLY_ICON));
}

function keyboard(record, acts) {
  const rows = record.message.reply_markup?.inline_keyboard;
  if (!rows) return null;
  const nodes = rows.map((row, r) => element("div", {}, ...row.map((button, c) => key(record, button, r, c, acts))));
  return element("div", { className: "keys" }, ...nodes);
}

function key(record, button, row, column, acts) {
  const data = { testid: "button", text: button.text };
  if (button.url) {
    const safe = /^(https?|tg):/i.test(button.url) ? button.url : `http://${button.url}`;
    return element("a", { className: "key", text: `${button.text} ↗`, href: safe, target: "_blank", rel: "noopener noreferrer", data });
  }
  const style = button.style ? ` ${button.style}` : "";
  return element("button", {
    className: `key${style}`,
    text: button.text,
    data,
    disabled: "disabled" in button,
    on: { click: (event) => acts.press(record, row, column, button, event.currentTarget) },
  });
}
