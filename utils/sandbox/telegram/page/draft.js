// The preview of a message that the bot is making, below the last message, with its stop button.

import { post } from "./api.js";
import { byId, element } from "./dom.js";
import { richText } from "./entities.js";
import { toEnd } from "./log.js";
import { toast } from "./notices.js";
import { richBlocks } from "./rich.js";
import { state } from "./state.js";

const SHOWN_MS = 30_000;
let fading = 0;

export function drawDraft(draft) {
  dropDraft();
  const { text = "", entities = [] } = draft.message;
  const blocks = draft.message.rich_message?.blocks;
  const parts = [blocks ? richBlocks(blocks, () => {}) : element("div", { className: "text captioned" }, richText(text, entities))];
  if (draft.can_stop) parts.push(element("button", { className: "stop", text: "■ Stop", data: { testid: "stop" }, on: { click: () => stop(draft) } }));
  byId("log").append(element("article", { className: "message draft", data: { testid: "draft" } },
    element("div", { className: "bubble" }, ...parts)));
  fading = setTimeout(dropDraft, SHOWN_MS);
  toEnd();
}

export function dropDraft() {
  clearTimeout(fading);
  byId("log").querySelector(".draft")?.remove();
}

async function stop(draft) {
  try {
    await post(`/chats/${state.chatId}/stop`, { draft_id: draft.draft_id });
  } catch (error) {
    toast(error.message, { error: true });
  }
}
