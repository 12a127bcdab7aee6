// The menu of a chat: block, kick, migrate, topics, administrators.

import { patch } from "./api.js";
import { byId, element } from "./dom.js";
import { ask } from "./notices.js";
import { attempt } from "./sidebar.js";
import { chat, state } from "./state.js";

const menu = byId("chat-menu");

export function setUpChatMenu() {
  byId("more").addEventListener("click", () => {
    menu.hidden = !menu.hidden;
    if (!menu.hidden) draw();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#more, #chat-menu")) menu.hidden = true;
  });
}

function draw() {
  const change = (body) => () => {
    menu.hidden = true;
    attempt(() => patch(`/chats/${state.chatId}`, body));
  };
  const items = chat().type === "private" ? privateItems(change) : groupItems(change);
  menu.replaceChildren(...items.map(([text, action, danger]) =>
    element("button", { text, className: danger ? "danger" : "", attributes: { role: "menuitem" }, on: { click: action } })));
}

function privateItems(change) {
  const blocked = chat().bot_status === "kicked";
  return [[blocked ? "Unblock the bot" : "Block the bot", change({ blocked: !blocked }), !blocked]];
}

function groupItems(change) {
  const c = chat();
  const kicked = c.bot_status === "kicked";
  const admin = c.members[state.me] === "administrator";
  const items = [];
  if (c.is_forum) items.push(["New topic…", newTopic]);
  const topic = c.topics.find((t) => t.message_thread_id === state.topic);
  if (topic) items.push([topic.closed ? "Open this topic again" : "Close this topic", change({ topic: { id: state.topic, closed: !topic.closed } })]);
  if (c.members[state.me] !== "creator") {
    const status = admin ? "member" : "administrator";
    items.push([admin ? "Take my administrator rights" : "Make me administrator", change({ members: { [state.me]: status } })]);
  }
  for (const [name, kind] of [["can_send_photos", "pictures"], ["can_send_messages", "texts"]]) {
    const allowed = c.permissions[name];
    if (c.type !== "channel") items.push([allowed ? `Forbid ${kind}` : `Allow ${kind}`, change({ permissions: { [name]: !allowed } })]);
  }
  if (["creator", "administrator"].includes(c.members[state.me]) && c.type !== "channel") {
    const text = state.anonymous ? "Speak under my name" : "Speak anonymously";
    items.push([text, () => { menu.hidden = true; state.anonymous = !state.anonymous; }]);
  }
  const promoted = c.bot_status === "administrator";
  items.push([promoted ? "Bot is no administrator" : "Make the bot administrator", change({ bot_admin: !promoted })]);
  if (c.type === "group") items.push(["Turn into a supergroup", change({ migrate: true })]);
  items.push([kicked ? "Bring the bot back" : "Remove the bot", change({ kicked: !kicked }), !kicked]);
  return items;
}

async function newTopic() {
  menu.hidden = true;
  const answer = await ask("New topic", [{ name: "name", label: "Name", value: "Ideas" }], "Create");
  if (answer) await attempt(() => patch(`/chats/${state.chatId}`, { topic: { name: answer.name } }));
}
