// What the page knows: people, chats, messages, and where the reader is.

export const state = {
  bot: null,
  users: new Map(),
  chats: new Map(),
  records: new Map(), // chat id -> Map(message id -> record)
  unread: new Map(), // place -> count
  me: null, // user id
  chatId: null,
  topic: null, // message_thread_id or null
  replyTo: null, // record
  commands: [],
  anonymous: false, // as an administrator, in groups
};

export const chat = () => state.chats.get(state.chatId);
export const me = () => state.users.get(state.me);
export const place = (chatId, topic) => `${chatId}/${topic ?? ""}`;

export function chatsOfMe() {
  const mine = [...state.chats.values()].filter(
    (c) => (c.type === "private" ? c.id === state.me : state.me in c.members) && !c.migrated_to,
  );
  return mine.sort((a, b) => (b.type === "private") - (a.type === "private") || lastDate(b.id) - lastDate(a.id));
}

export function recordsOf(chatId, topic = null) {
  const all = [...(state.records.get(chatId)?.values() ?? [])].filter((r) => !r.deleted);
  const wanted = state.chats.get(chatId)?.is_forum ? (r) => (r.message.message_thread_id ?? null) === topic : () => true;
  const seen = (r) => r.only_for === null || r.only_for === state.me;
  return all.filter((r) => wanted(r) && seen(r)).sort((a, b) => a.place - b.place || a.seq - b.seq);
}

// An ephemeral message has the id 0 in its chat and one of its own for the person who sees it.
export const keyOf = (record) =>
  record.only_for === null ? record.message.message_id : ephemeralKey(record.only_for, record.message.ephemeral_message_id);
export const ephemeralKey = (person, id) => `e${person}-${id}`;

export function keep(record) {
  const { chat: where } = record.message;
  const id = keyOf(record);
  if (!state.records.has(where.id)) state.records.set(where.id, new Map());
  const known = state.records.get(where.id).get(id);
  if (known && known.seq > record.seq) return false;
  state.records.get(where.id).set(id, record);
  return true;
}

export function lastDate(chatId) {
  return recordsAnywhere(chatId).at(-1)?.message.date ?? 0;
}

export function recordsAnywhere(chatId) {
  return [...(state.records.get(chatId)?.values() ?? [])].filter((r) => !r.deleted);
}

export const isOwn = (record) => record.author === state.me;
// a channel, or an anonymous administrator, speaks as a chat
export const speaker = (message) => message.sender_chat ?? message.from;

const SERVICE = {
  pinned_message: (m) => `Pinned “${(m.pinned_message.text ?? m.pinned_message.caption ?? "a picture").slice(0, 40)}”`,
  new_chat_members: (m) => `${m.new_chat_members.map((u) => u.first_name).join(", ")} joined`,
  forum_topic_created: (m) => `Topic “${m.forum_topic_created.name}” was opened`,
  forum_topic_closed: () => "Topic was closed",
  forum_topic_reopened: () => "Topic was opened again",
  migrate_to_chat_id: () => "This group became a supergroup",
  migrate_from_chat_id: () => "Supergroup made from the earlier group",
  new_chat_title: (m) => `The group is now called “${m.new_chat_title}”`,
};

export function serviceText(message) {
  const kind = Object.keys(SERVICE).find((name) => name in message);
  return kind ? SERVICE[kind](message) : null;
}

export function summary(message) {
  const body = message.text ?? message.caption ?? (message.document ? message.document.file_name : "");
  const words = (body || serviceText(message) || "").replace(/\s+/g, " ").slice(0, 120);
  return message.photo ? `🖼 ${words || "Photo"}` : words;
}
