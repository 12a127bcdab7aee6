// The list of messages: drawing, changing one in place, scrolling, buttons.

import { post } from "./api.js";
import { avatar, byId, dayName, element } from "./dom.js";
import { messageNode } from "./message.js";
import { alertBox, toast } from "./notices.js";
import { chat, isOwn, keyOf, recordsOf, speaker, state } from "./state.js";

const CALLBACK_MS = 15_000; // a button stops spinning after that even without an answer
const NEAR_END_PX = 160;
const log = byId("log");
const waiting = new Map(); // callback id -> spinning button's place
const early = new Map(); // answers whose event overtook the answer to our own request
let asking = 0;
let acts = {};

export function setUpLog(given) {
  acts = { ...given, press, pressData, jump };
  log.addEventListener("scroll", showDown, { passive: true });
  byId("down").addEventListener("click", () => toEnd(true));
  new ResizeObserver(() => follow && toEnd()).observe(log);
}

let follow = true;

export function drawLog() {
  const records = recordsOf(state.chatId, state.topic);
  log.replaceChildren(...(records.length ? withDays(records) : [startNode()]));
  toEnd();
}

export function drawRecord(record) {
  const old = log.querySelector(`[data-id="${keyOf(record)}"]`);
  const stay = follow || isOwn(record);
  if (old) {
    old.replaceWith(settled(messageNode(record, old.classList.contains("first"), acts)));
    respin();
  } else {
    drawNew(record);
  }
  if (stay) toEnd(!old);
  else showDown();
}

export function dropRecord(id) {
  const node = log.querySelector(`[data-id="${id}"]`);
  if (!node) return;
  node.classList.add("gone");
  setTimeout(() => {
    node.remove();
    if (!recordsOf(state.chatId, state.topic).length) drawLog();
  }, 200);
}

// A new bubble slides in; one that only changed must not.
function settled(node) {
  node.style.animation = "none";
  return node;
}

function drawNew(record) {
  const records = recordsOf(state.chatId, state.topic);
  const index = records.findIndex((r) => keyOf(r) === keyOf(record));
  if (index !== records.length - 1 || index === 0) {
    drawLog();
    return;
  }
  const before = records[index - 1];
  if (day(before) !== day(record)) log.append(dayNode(record));
  log.append(messageNode(record, isFirst(before, record), acts));
}

const day = (record) => dayName(record.message.date);
const dayNode = (record) => element("div", { className: "day", text: day(record) });
const isFirst = (before, record) =>
  !before || speaker(before.message)?.id !== speaker(record.message)?.id || record.message.date - before.message.date > 300;

function withDays(records) {
  return records.flatMap((record, n) => {
    const before = records[n - 1];
    const node = settled(messageNode(record, isFirst(before, record), acts));
    return !before || day(before) !== day(record) ? [dayNode(record), node] : [node];
  });
}

function startNode() {
  const name = state.bot?.first_name ?? "the bot";
  const start = element("button", { text: "Start", data: { testid: "start" }, on: { click: () => acts.command("/start") } });
  return element("div", { className: "start" }, avatar(name, 0, true), element("b", { text: name }),
    "No messages here yet. Press Start, or type / to see the commands.", start);
}

async function press(record, row, column, button, node) {
  if (node.getAttribute("aria-busy") === "true") return;
  if (!("callback_data" in button)) {
    toast("This kind of button does nothing here.");
    return;
  }
  const spot = { id: keyOf(record), row, column };
  spin(spot, true);
  asking += 1;
  try {
    const one = record.only_for === null ? { message: spot.id } : { ephemeral: record.message.ephemeral_message_id };
    const body = { from: state.me, chat: state.chatId, ...one, button: [row, column] };
    const query = await post("/callbacks", body);
    waiting.set(query.id, spot);
    setTimeout(() => stop(query.id), CALLBACK_MS);
    if (early.has(query.id)) answered(early.get(query.id));
  } catch (error) {
    spin(spot, false);
    toast(error.message, { error: true });
  } finally {
    asking -= 1;
    if (!asking) early.clear();
  }
}

// A button inside a rich message has no place in the keyboard: it is pressed by its data.
async function pressData(record, data, node) {
  const one = record.only_for === null ? { message: record.message.message_id } : { ephemeral: record.message.ephemeral_message_id };
  node.disabled = true;
  try {
    await post("/callbacks", { from: state.me, chat: state.chatId, ...one, data });
  } catch (error) {
    toast(error.message, { error: true });
  } finally {
    node.disabled = false;
  }
}

export function answered(query) {
  if (!waiting.has(query.id)) {
    if (asking) early.set(query.id, query);
    return;
  }
  stop(query.id);
  if (!query.answer.text) return;
  if (query.answer.show_alert) alertBox(query.answer.text);
  else toast(query.answer.text);
}

function stop(id) {
  const spot = waiting.get(id);
  waiting.delete(id);
  if (spot) spin(spot, false);
}

function spin(spot, busy) {
  const rows = log.querySelectorAll(`[data-id="${spot.id}"] .keys > div`);
  const node = rows[spot.row]?.children[spot.column];
  if (node) node.setAttribute("aria-busy", String(busy));
}

const respin = () => waiting.forEach((spot) => spin(spot, true));

function jump(id) {
  log.querySelector(`[data-id="${id}"]`)?.scrollIntoView({ behavior: "smooth", block: "center" });
}

export function toEnd(smooth = false) {
  log.scrollTo({ top: log.scrollHeight, behavior: smooth ? "smooth" : "instant" });
  follow = true;
  byId("down").hidden = true;
}

function showDown() {
  const rest = log.scrollHeight - log.scrollTop - log.clientHeight;
  follow = rest < NEAR_END_PX;
  byId("down").hidden = follow || !chat();
}
