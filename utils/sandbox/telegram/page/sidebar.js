// People and chats: who I am, where I can write, how new ones are made.

import { patch, post } from "./api.js";
import { avatar, byId, clockTime, element, fullName } from "./dom.js";
import { ask, toast } from "./notices.js";
import { chatsOfMe, me, place, recordsAnywhere, recordsOf, state, summary } from "./state.js";

let go = {};

// `given` has open(chatId, topic) and become(userId).
export function setUpSidebar(given) {
  go = given;
  byId("person").addEventListener("click", togglePeople);
  byId("new-chat").addEventListener("click", newChat);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#people, #person")) showPeople(false);
  });
}

export function drawSidebar() {
  drawPerson();
  byId("chats").replaceChildren(...chatsOfMe().flatMap((c) => [chatNode(c), ...topicNodes(c)]));
}

export const chatTitle = (c) => (c.type === "private" ? (state.bot?.first_name ?? "Bot") : c.title);
export const chatAvatar = (c) => avatar(chatTitle(c), c.id, c.type === "private");
const language = (code) => ({ en: "English", tr: "Türkçe" })[code] ?? code;

function drawPerson() {
  const user = me();
  if (!user) return;
  const detail = `${language(user.language_code)}${user.is_premium ? " · Premium" : ""}`;
  byId("person").replaceChildren(avatar(user.first_name, user.id),
    element("span", { className: "who" }, element("b", { text: fullName(user) }), element("span", { text: detail })));
}

function chatNode(c) {
  const last = (c.is_forum ? recordsAnywhere(c.id) : recordsOf(c.id)).at(-1);
  const open = c.id === state.chatId && (!c.is_forum || state.topic === null);
  return element("button", {
    className: "chat",
    data: { testid: "chat", chat: c.id },
    attributes: { "aria-current": String(open) },
    on: { click: () => go.open(c.id, null) },
  }, chatAvatar(c),
  element("span", { className: "who" }, element("b", { text: chatTitle(c) }), element("span", { text: last ? summary(last.message) : "No messages yet" })),
  unreadNode(c.id, null) ?? (last ? element("time", { text: clockTime(last.message.date) }) : null));
}

function topicNodes(c) {
  if (!c.is_forum) return [];
  return c.topics.map((topic) => {
    const id = topic.message_thread_id;
    const open = c.id === state.chatId && state.topic === id;
    return element("button", {
      className: "chat topic",
      data: { testid: "topic", topic: id },
      attributes: { "aria-current": String(open) },
      on: { click: () => go.open(c.id, id) },
    }, element("span", { className: "who", text: `${topic.name}${topic.closed ? " (closed)" : ""}` }), unreadNode(c.id, id));
  });
}

function unreadNode(chatId, topic) {
  const count = state.unread.get(place(chatId, topic)) ?? 0;
  return count ? element("span", { className: "unread", text: String(count) }) : null;
}

function togglePeople() {
  showPeople(byId("people").hidden);
}

function showPeople(open) {
  byId("people").hidden = !open;
  byId("person").setAttribute("aria-expanded", String(open));
  if (!open) return;
  const users = [...state.users.values()].map((user) => element("button", {
    data: { testid: "user", user: user.id },
    attributes: { role: "menuitemradio", "aria-checked": String(user.id === state.me) },
    on: { click: () => pick(user.id) },
  }, avatar(user.first_name, user.id), element("span", { className: "who" }, element("b", { text: fullName(user) }),
    element("span", { text: `${language(user.language_code)} · ${user.id}` }))));
  const add = element("button", { className: "add", text: "+ New person", data: { testid: "new-user" }, on: { click: newPerson } });
  const change = element("button", { className: "add", text: "Change language", data: { testid: "change-language" }, on: { click: changeLanguage } });
  byId("people").replaceChildren(...users, add, change);
}

function pick(userId) {
  showPeople(false);
  go.become(userId);
}

const LANGUAGES = [["en", "English"], ["tr", "Türkçe"], ["de", "Deutsch"]];

async function newPerson() {
  showPeople(false);
  const answer = await ask("New person", [
    { name: "first_name", label: "Name", value: "Deniz" },
    { name: "language_code", label: "Language", options: LANGUAGES, value: "tr" },
    { name: "is_premium", label: "Telegram Premium", type: "checkbox" },
  ], "Create");
  if (!answer) return;
  await attempt(async () => go.become((await post("/users", answer)).id));
}

async function changeLanguage() {
  showPeople(false);
  const answer = await ask("Language of this person", [
    { name: "language_code", label: "Language", options: LANGUAGES, value: me().language_code },
  ], "Change");
  if (answer) await attempt(() => patch(`/users/${state.me}`, answer));
}

async function newChat() {
  const answer = await ask("New group", [
    { name: "title", label: "Title", value: "Trading desk" },
    { name: "type", label: "Kind", options: [["group", "Group"], ["supergroup", "Supergroup"], ["forum", "Forum with topics"]], value: "group" },
  ], "Create");
  if (!answer) return;
  const forum = answer.type === "forum";
  const members = [...state.users.keys()];
  const body = { title: answer.title, type: forum ? "supergroup" : answer.type, is_forum: forum, members, owner: state.me };
  if (forum) body.topics = ["Charts", "Alerts"];
  await attempt(async () => {
    const made = await post("/chats", body);
    go.open(made.id, forum ? made.topics[0].message_thread_id : null);
  });
}

export async function attempt(action) {
  try {
    await action();
  } catch (error) {
    toast(error.message, { error: true });
  }
}
