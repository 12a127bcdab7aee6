// A grammY bot: polling, commands, buttons, edits, MarkdownV2, files and reactions. Its addresses are the argument.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Bot, InlineKeyboard, InputFile } from "grammy";

const servers = JSON.parse(process.argv[2]);
const controls = `${servers.telegram}/_sandbox`;
const held = [];
const failed = [];

/** Make a call and note whether what it answers holds. */
async function ask(what, call, holds = Boolean) {
  try {
    const value = await inTime(call);
    if (!holds(value)) throw new Error(`answered ${JSON.stringify(value)}`);
    held.push(what);
    return value;
  } catch (error) {
    failed.push([what, String(error).slice(0, 300)]);
    return undefined;
  }
}

/** Make a call again after as many seconds as a refusal for too many messages says. */
async function inTime(call) {
  try {
    return await call();
  } catch (error) {
    const wait = error.parameters?.retry_after;
    if (!wait) throw error;
    await new Promise((resume) => setTimeout(resume, wait * 1000));
    return inTime(call);
  }
}

async function control(method, path, body) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(controls + path, { method, headers, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
  return answer.json();
}

/** The first message behind `after` that is as wanted, within ten seconds. */
async function shown(chat, after, wanted) {
  for (const end = Date.now() + 10_000; Date.now() < end; ) {
    const { messages } = await control("GET", `/chats/${chat}/messages?after=${after}&wait_ms=1000`);
    const found = messages.map((record) => record.message).find(wanted);
    if (found) return found;
  }
  return undefined;
}

const bot = new Bot(servers.token, { client: { apiRoot: servers.telegram } });
bot.command("start", (ctx) =>
  ctx.reply("*bold* and _italic_\\.", {
    parse_mode: "MarkdownV2",
    reply_markup: new InlineKeyboard().text("1h", "hour"),
  }),
);
bot.callbackQuery("hour", async (ctx) => {
  await ctx.answerCallbackQuery("one hour");
  await ctx.editMessageText("changed");
});
bot.on("message:text", (ctx) => ctx.reply(`you said ${ctx.message.text}`));

const person = (await control("POST", "/users", { first_name: "Grace" })).id;
const say = (text) => control("POST", `/chats/${person}/messages`, { from: person, text });
const polling = bot.start({ allowed_updates: ["message", "callback_query"] });

await say("/start");
const card = await ask("command is answered", () => shown(person, 0, (m) => m.text === "bold and italic."));
if (card) {
  await ask("entities arrive", () => card.entities, (e) => e.map((one) => one.type).join() === "bold,italic");
  const press = { from: person, chat: person, message: card.message_id, data: "hour" };
  await ask("button is pressed", () => control("POST", "/callbacks", press));
  await ask("edit shows", () => shown(person, card.message_id - 1, (m) => m.text === "changed"));
  await say("hello 👉");
  await ask("text is answered", () => shown(person, card.message_id, (m) => m.text === "you said hello 👉"));
}
const picture = () => new InputFile(Buffer.from(PNG, "base64"), "chart.png");
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const sent = await ask("sendPhoto", () => bot.api.sendPhoto(person, picture(), { caption: "c" }));
if (sent) {
  const emoji = [{ type: "emoji", emoji: "👍" }];
  await ask("setMessageReaction", () => bot.api.setMessageReaction(person, sent.message_id, emoji));
  await ask("copyMessage", () => bot.api.copyMessage(person, person, sent.message_id), (m) => m.message_id);
  await ask("pinChatMessage", () => bot.api.pinChatMessage(person, sent.message_id));
  await ask("deleteMessage", () => bot.api.deleteMessage(person, sent.message_id));
}
await ask("setMyCommands", () => bot.api.setMyCommands([{ command: "t", description: "trend" }]));
await ask("getMe", () => bot.api.getMe(), (me) => me.is_bot);
await bot.stop();
await polling;

const main = createRequire(import.meta.url).resolve("grammy");
const manifest = new URL("package.json", new URL(`file://${main.slice(0, main.lastIndexOf("/grammy/") + 8)}`));
const { version } = JSON.parse(readFileSync(manifest));
console.log(JSON.stringify({ versions: { grammy: version }, held, failed }));
