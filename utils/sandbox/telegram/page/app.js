// Start, events, and moving between people and chats.

import { get, listen, post } from "./api.js";
import { setUpChatMenu } from "./chatmenu.js";
import { closeMenu, loadCommands, lockComposer, refresh, replyTo, send, setUpComposer } from "./composer.js";
import { byId } from "./dom.js";
import { dropDraft, drawDraft } from "./draft.js";
import { answered, drawLog, drawRecord, dropRecord, setUpLog } from "./log.js";
import { chatAvatar, chatTitle, drawSidebar, setUpSidebar } from "./sidebar.js";
import { chat, ephemeralKey, isOwn, keep, place, state } from "./state.js";

const ACTION_MS = 5_500; // a chat action lasts five seconds
const ACTIONS = { typing: "typing", upload_photo: "sending a picture", upload_document: "sending a file" };
const frame = byId("frame");
let source = null;
let broken = false;
let actionTimer = 0;

async function load() {
  const fresh = await get("/state");
  if (!fresh.users.length) {
    const language_code = navigator.language.startsWith("tr") ? "tr" : "en";
    await post("/users", { first_name: language_code === "tr" ? "Misafir" : "Guest", language_code });
    return load();
  }
  state.bot = fresh.bot;
  state.users = new Map(fresh.users.map((user) => [user.id, user]));
  state.chats = new Map(fresh.chats.map((c) => [c.id, c]));
  state.records = new Map();
  await Promise.all(fresh.chats.map(loadMessages));
  await become(remembered());
  return fresh.events;
}

async function loadMessages(c) {
  const [all, whispered] = await Promise.all(["", "?ephemeral"].map((query) => get(`/chats/${c.id}/messages${query}`)));
  [...all.messages, ...whispered.messages].forEach(keep);
}

function remembered() {
  const known = Number(localStorage.getItem("me"));
  return state.users.has(known) ? known : state.users.keys().next().value;
}

async function become(userId) {
  if (!state.users.has(userId)) state.users.set(userId, (await get("/state")).users.find((u) => u.id === userId));
  state.me = userId;
  localStorage.setItem("me", userId);
  const [chatId, topic] = (sessionStorage.getItem(`at ${userId}`) ?? "").split("/");
  const back = state.chats.get(Number(chatId));
  const allowed = back && (back.id === userId || userId in back.members) && !back.migrated_to;
  await open(allowed ? back.id : userId, allowed && topic ? Number(topic) : null, { stay: true });
}

async function open(chatId, topic, { stay = false } = {}) {
  if (!state.chats.has(chatId)) state.chats.set(chatId, (await get("/state")).chats.find((c) => c.id === chatId));
  state.chatId = chatId;
  state.topic = topic;
  state.unread.delete(place(chatId, topic));
  sessionStorage.setItem(`at ${state.me}`, place(chatId, topic));
  if (!stay) frame.dataset.view = "chat";
  replyTo(null);
  closeMenu();
  clearAction();
  drawHead();
  drawSidebar();
  drawLog();
  await loadCommands();
  refresh();
}

function drawHead() {
  const c = chat();
  const topic = c.topics.find((t) => t.message_thread_id === state.topic);
  byId("head-avatar").replaceWith(Object.assign(chatAvatar(c), { id: "head-avatar" }));
  byId("title").textContent = topic ? `${topic.name} · ${chatTitle(c)}` : chatTitle(c);
  document.title = `${chatTitle(c)} – sandbox chat`;
  lockComposer(lockReason(c));
  clearAction();
}

function lockReason(c) {
  if (c.migrated_to) return "This group has moved";
  return c.type === "private" && c.bot_status === "kicked" ? "You blocked the bot" : "";
}

function subtitle(c) {
  if (c.type === "private") return c.bot_status === "kicked" ? "blocked" : "bot";
  const count = Object.values(c.members).filter((s) => ["creator", "administrator", "member"].includes(s)).length + 1;
  return c.bot_status === "kicked" ? `${count - 1} members, bot removed` : `${count} members`;
}

function clearAction() {
  clearTimeout(actionTimer);
  const status = byId("status");
  status.classList.remove("busy");
  delete status.dataset.action;
  if (chat()) status.textContent = subtitle(chat());
}

function showAction({ chat_id: chatId, thread, action }) {
  if (chatId !== state.chatId || (thread ?? null) !== state.topic) return;
  const status = byId("status");
  status.textContent = ACTIONS[action] ?? action.replaceAll("_", " ");
  status.classList.add("busy");
  status.dataset.action = action;
  clearTimeout(actionTimer);
  actionTimer = setTimeout(clearAction, ACTION_MS);
}

const isHere = (message) =>
  message.chat.id === state.chatId && (!chat().is_forum || (message.message_thread_id ?? null) === state.topic);

function onRecord(record, isNew) {
  if (!keep(record)) return;
  if (record.only_for !== null && record.only_for !== state.me) return;
  const { message } = record;
  if (isHere(message)) {
    if (isNew && record.from_bot) {
      clearAction();
      dropDraft();
    }
    drawRecord(record);
  } else if (isNew && !isOwn(record)) {
    const where = place(message.chat.id, state.chats.get(message.chat.id)?.is_forum ? (message.message_thread_id ?? null) : null);
    state.unread.set(where, (state.unread.get(where) ?? 0) + 1);
  }
  drawSidebar();
}

function onDelete({ chat_id: chatId, message_id: number, only_for: person, ephemeral_message_id: ephemeral }) {
  const id = person ? ephemeralKey(person, ephemeral) : number;
  const record = state.records.get(chatId)?.get(id);
  if (!record) return;
  record.deleted = true;
  if (chatId === state.chatId) dropRecord(id);
  drawSidebar();
}

function onChat(c) {
  const old = state.chats.get(c.id);
  state.chats.set(c.id, c);
  if (c.id === state.chatId && c.migrated_to && !old?.migrated_to) open(c.migrated_to, null);
  else if (c.id === state.chatId) drawHead();
  drawSidebar();
}

function onUser(user) {
  state.users.set(user.id, user);
  if (user.id === state.me) loadCommands();
  drawSidebar();
}

function onDraft(draft) {
  if (draft.chat_id === state.chatId && (draft.thread ?? null) === state.topic) drawDraft(draft);
}

const HANDLERS = {
  draft: onDraft,
  draft_gone: () => dropDraft(),
  message: (record) => onRecord(record, true),
  edit: (record) => onRecord(record, false),
  delete: onDelete,
  action: showAction,
  callback_answer: answered,
  chat: onChat,
  user: onUser,
  commands: () => loadCommands(),
  reset: () => load(),
};

function onLink(up) {
  byId("offline").hidden = up;
  if (up && broken) restart();
  broken = !up;
}

// After a break the server may be another one: read everything again.
async function restart() {
  source?.close();
  source = listen(await load(), (kind, data) => HANDLERS[kind](data), onLink);
}

setUpLog({ reply: replyTo, command: send });
setUpComposer();
setUpSidebar({ open, become });
setUpChatMenu();
byId("back").addEventListener("click", () => { frame.dataset.view = "list"; });
if (location.search.includes("list")) frame.dataset.view = "list";
restart();
