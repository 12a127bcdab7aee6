// Writing: text, command menu, inline queries, replies.

import { get, post } from "./api.js";
import { byId, element, fullName } from "./dom.js";
import { toast } from "./notices.js";
import { chat, speaker, state, summary } from "./state.js";

const INLINE_PAUSE_MS = 300;
const INLINE_WAIT_MS = 30_000;
const text = byId("text");
const suggest = byId("suggest");
let choices = []; // what the open menu offers: {node, choose}
let selected = 0;
let inlineTimer = 0;
let inlineId = null;

export function setUpComposer() {
  byId("compose").addEventListener("submit", (event) => {
    event.preventDefault();
    send(text.value);
  });
  text.addEventListener("input", refresh);
  text.addEventListener("keydown", onKey);
  byId("commands").addEventListener("click", toggleCommands);
  document.addEventListener("click", (event) => event.target.closest("#compose") || closeMenu());
}

export async function loadCommands() {
  state.commands = chat() ? await get(`/commands?chat=${state.chatId}&user=${state.me}`) : [];
}

export async function send(raw) {
  const body = { from: state.me, text: raw };
  if (!raw.trim() || !chat()) return;
  if (state.anonymous && ["creator", "administrator"].includes(chat().members[state.me]) && chat().type !== "private") body.as_chat = state.chatId;
  if (state.topic !== null) body.thread = state.topic;
  if (state.replyTo) body.reply_to = state.replyTo.message.message_id;
  try {
    await post(`/chats/${state.chatId}/messages`, body);
  } catch (error) {
    toast(error.message, { error: true });
    return;
  }
  if (raw === text.value) text.value = "";
  replyTo(null);
  refresh();
}

export function replyTo(record) {
  state.replyTo = record;
  const bar = byId("reply");
  bar.hidden = !record;
  if (!record) return;
  const quote = element("div", { className: "quote" }, element("b", { text: `Reply to ${fullName(speaker(record.message))}` }),
    element("span", { text: summary(record.message) }));
  const close = element("button", { type: "button", className: "icon", text: "✕", attributes: { "aria-label": "No reply" }, on: { click: () => replyTo(null) } });
  bar.replaceChildren(quote, close);
  text.focus();
}

export function lockComposer(reason) {
  for (const id of ["text", "commands"]) byId(id).disabled = Boolean(reason);
  text.placeholder = reason || "Message";
  if (reason) byId("send").disabled = true;
}

export function refresh() {
  text.style.height = "0";
  text.style.height = `${Math.max(42, Math.min(text.scrollHeight + 2, 160))}px`;
  byId("send").disabled = !text.value.trim() || text.disabled || !chat();
  const inline = inlineQuery();
  if (inline !== null) askLater(inline);
  else if (/^\/\w*$/.test(text.value)) offerCommands(text.value.slice(1).toLowerCase());
  else closeMenu();
}

function onKey(event) {
  if (event.isComposing) return;
  const open = !suggest.hidden;
  if (open && ["ArrowDown", "ArrowUp"].includes(event.key)) {
    event.preventDefault();
    select(selected + (event.key === "ArrowDown" ? 1 : -1));
  } else if (open && event.key === "Escape") {
    closeMenu();
  } else if (open && event.key === "Tab" && choices.length) {
    event.preventDefault();
    choices[selected].fill?.();
  } else if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    const typed = state.commands.some((c) => `/${c.command}` === text.value.trim());
    if (open && choices.length && !typed) choices[selected].choose();
    else send(text.value);
  }
}

function toggleCommands() {
  if (!suggest.hidden) {
    closeMenu();
    return;
  }
  text.focus();
  offerCommands("", true);
}

function offerCommands(prefix, asked = false) {
  const found = state.commands.filter((c) => c.command.startsWith(prefix));
  if (asked && !found.length) toast("The bot has set no commands yet.");
  openMenu(found.map(({ command, description }) => ({
    title: `/${command}`,
    detail: description,
    fill: () => put(`/${command} `),
    choose: () => send(`/${command}`),
  })));
}

function put(value) {
  text.value = value;
  text.focus();
  refresh();
}

function openMenu(items) {
  choices = items;
  suggest.hidden = !items.length;
  suggest.replaceChildren(...items.map((item, n) => {
    const data = { testid: "command-item" };
    return element("button", { type: "button", data, attributes: { role: "option" }, on: { click: () => { closeMenu(); item.choose(); text.value = ""; refresh(); } } },
      element("b", { text: item.title }), element("span", { text: item.detail }));
  }));
  if (items.length) select(0);
}

function select(index) {
  selected = (index + choices.length) % choices.length;
  [...suggest.children].forEach((node, n) => node.setAttribute("aria-selected", String(n === selected)));
  suggest.children[selected]?.scrollIntoView({ block: "nearest" });
}

export function closeMenu() {
  suggest.hidden = true;
  choices = [];
  inlineId = null;
}

function inlineQuery() {
  const name = `@${state.bot?.username ?? ""} `;
  return text.value.toLowerCase().startsWith(name.toLowerCase()) ? text.value.slice(name.length) : null;
}

function askLater(query) {
  clearTimeout(inlineTimer);
  inlineTimer = setTimeout(async () => {
    const kind = chat().type === "private" ? "sender" : chat().type;
    const { id } = await post("/inline", { from: state.me, query, chat_type: kind });
    inlineId = id;
    const answered = await get(`/inline/${id}?wait_ms=${INLINE_WAIT_MS}`);
    if (answered.answer && id === inlineId) offerResults(answered);
  }, INLINE_PAUSE_MS);
}

function offerResults(query) {
  const choose = (result) => post(`/inline/${query.id}/choose`, { result_id: result.id, chat: state.chatId, thread: state.topic });
  openMenu(query.answer.results.map((result) => ({
    title: result.title || result.content.text || "Result",
    detail: result.description,
    choose: async () => {
      await choose(result);
      text.value = "";
      refresh();
    },
  })));
}
