"""The tables as the code of today expects them; ``migrations/`` brings any older database here.

Times are UTC milliseconds. Prices, quantities and values are float64. Rows are keyed by what they describe, so that
writing one twice changes nothing. SQLite keeps tables of short rows in the order of their key (``WITHOUT ROWID``): a
window is one range of the file.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    false,
)

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# One number of a named series: what an exchange or provider said about ``ts``, knowable from ``known_at`` on.
OBSERVATION = Table(
    "observation",
    METADATA,
    Column("series", String, nullable=False),
    Column("symbol", String, nullable=False),
    Column("ts", BigInteger, nullable=False),
    Column("known_at", BigInteger, nullable=False),
    Column("value", Double, nullable=False),
    PrimaryKeyConstraint("series", "symbol", "ts"),
    sqlite_with_rowid=False,
)

# One forced order as the exchange's stream told it; two connections that overlap tell it twice.
LIQUIDATION = Table(
    "liquidation",
    METADATA,
    Column("symbol", String, nullable=False),
    Column("ts", BigInteger, nullable=False),
    Column("side", String, nullable=False),
    Column("price", Double, nullable=False),
    Column("quantity", Double, nullable=False),
    Column("average_price", Double, nullable=False),
    Column("filled", Double, nullable=False),
    Column("known_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("symbol", "ts", "side", "price", "quantity"),
    sqlite_with_rowid=False,
)

# One look at an option chain: its figures by name, and beside them the surface they were read from.
OPTION_SUMMARY = Table(
    "option_summary",
    METADATA,
    Column("source", String, nullable=False),
    Column("underlying", String, nullable=False),
    Column("ts", BigInteger, nullable=False),
    Column("known_at", BigInteger, nullable=False),
    Column("index_price", Double, nullable=False),
    Column("figures", JSON, nullable=False),
    Column("surface", JSON, nullable=False),
    PrimaryKeyConstraint("source", "underlying", "ts"),
)

# Up to which stamp a series has been fetched, also where the source had nothing to say.
RECORDER_CURSOR = Table(
    "recorder_cursor",
    METADATA,
    Column("series", String, nullable=False),
    Column("symbol", String, nullable=False),
    Column("ts", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("series", "symbol"),
    sqlite_with_rowid=False,
)

# A provider's value of a day (``ts``): known from ``known_at`` on, first seen here at ``first_seen``. The first value
# that was seen stays; a later revision of it is not taken.
PROVIDER_VALUE = Table(
    "provider_value",
    METADATA,
    Column("provider", String, nullable=False),
    Column("fact", String, nullable=False),
    Column("asset", String, nullable=False),
    Column("ts", BigInteger, nullable=False),
    Column("known_at", BigInteger, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("value", Double, nullable=False),
    PrimaryKeyConstraint("provider", "fact", "asset", "ts"),
    sqlite_with_rowid=False,
)

# When a provider answered last about a topic of an asset.
PROVIDER_READING = Table(
    "provider_reading",
    METADATA,
    Column("provider", String, nullable=False),
    Column("topic", String, nullable=False),
    Column("asset", String, nullable=False),
    Column("read_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("provider", "topic", "asset"),
    sqlite_with_rowid=False,
)

# From when to when a stream was listened to: no row of it in between means that nothing happened.
LISTENING = Table(
    "listening",
    METADATA,
    Column("stream", String, nullable=False),
    Column("symbol", String, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    PrimaryKeyConstraint("stream", "symbol", "since"),
    sqlite_with_rowid=False,
)

# One update of Telegram: its JSON until it is answered (``done_at``), its id for some days after. ``placing_after`` is
# the newest message id of the chat while a placeholder or the answer is on its way, ``placeholder_id`` that of the
# placeholder.
TELEGRAM_UPDATE = Table(
    "telegram_update",
    METADATA,
    Column("bot_id", BigInteger, nullable=False),
    Column("update_id", BigInteger, nullable=False),
    Column("raw", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("placing_after", BigInteger, nullable=True),
    Column("placeholder_id", BigInteger, nullable=True),
    Column("done_at", BigInteger, nullable=True),
    PrimaryKeyConstraint("bot_id", "update_id"),
    Index(None, "bot_id", "done_at"),
)

# How the card in a message is written, whoever presses its buttons.
TELEGRAM_CARD = Table(
    "telegram_card",
    METADATA,
    Column("bot_id", BigInteger, nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("message_id", BigInteger, nullable=False),
    Column("language", String, nullable=False),
    Column("zone", String, nullable=False),
    Column("theme", String, nullable=False),
    Column("written_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("bot_id", "chat_id", "message_id"),
    sqlite_with_rowid=False,
)

# What buttons name by a short key because it does not fit into them, such as the members of a basket.
VIEW = Table(
    "view",
    METADATA,
    Column("key", String, nullable=False),
    Column("content", Text, nullable=False),
    Column("shown_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("key"),
    sqlite_with_rowid=False,
)

# A composite score as it was published: of a closed bar (``ts`` is its close) once, of a running one once a minute
# (``ts`` is the minute's beginning). ``score`` is null where it was withheld. Kept for ever; without the account.
SCORE = Table(
    "score",
    METADATA,
    Column("composite", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("market", String, nullable=False),
    Column("interval", String, nullable=False),
    Column("ts", BigInteger, nullable=False),
    Column("config_hash", String, nullable=False),
    Column("as_of", BigInteger, nullable=False),
    Column("bar_close", BigInteger, nullable=False),
    Column("horizon_s", Double, nullable=False),
    Column("score", Double, nullable=True),
    Column("raw", Double, nullable=True),
    Column("uncertainty", Double, nullable=True),
    Column("coverage", Double, nullable=False),
    Column("method", String, nullable=False),
    Column("inputs", JSON, nullable=False),
    PrimaryKeyConstraint("composite", "subject", "market", "interval", "ts", "config_hash"),
)

# An alert of a chat by its number there, with the phase it is in and what it remembers of its comparisons.
ALERT = Table(
    "alert",
    METADATA,
    Column("bot_id", BigInteger, nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
    Column("chat_kind", String, nullable=False),
    Column("thread_id", BigInteger, nullable=True),
    Column("person_id", BigInteger, nullable=False),
    Column("symbol", String, nullable=False),
    Column("market", String, nullable=False),
    Column("interval", String, nullable=False),
    Column("rule", Text, nullable=False),
    Column("until", BigInteger, nullable=True),
    Column("language", String, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("phase", String, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("memory", JSON, nullable=False),
    Column("is_seen", Boolean, nullable=False),
    Column("silent_until", BigInteger, nullable=False),
    Column("fired", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("fired_at", BigInteger, nullable=True),
    Column("unknown_since", BigInteger, nullable=True),
    Column("is_told_unknown", Boolean, nullable=False, server_default=false()),
    PrimaryKeyConstraint("bot_id", "chat_id", "number"),
)

# A message that is to be sent once, whatever happens between: ``key`` says what it is about. It is due at ``due_at``,
# held until ``held_until`` by a process that sends it or as it was postponed, and done when it was sent or dropped;
# after ``fresh_until`` it is old news.
OUTBOX = Table(
    "outbox",
    METADATA,
    Column("key", String, nullable=False),
    Column("bot_id", BigInteger, nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("chat_kind", String, nullable=False),
    Column("thread_id", BigInteger, nullable=True),
    Column("content", JSON, nullable=False),
    Column("written_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("fresh_until", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("held_until", BigInteger, nullable=False),
    Column("done_at", BigInteger, nullable=True),
    Column("message_id", BigInteger, nullable=True),
    Column("dropped", String, nullable=True),
    PrimaryKeyConstraint("key"),
    Index(None, "bot_id", "done_at", "due_at"),
)

# What a chat has set for itself: a setting's value as text under its name. A person's are those of the private chat.
CHAT_SETTING = Table(
    "chat_setting",
    METADATA,
    Column("bot_id", BigInteger, nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("name", String, nullable=False),
    Column("value", String, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("bot_id", "chat_id", "name"),
    sqlite_with_rowid=False,
)

# A chat that has blocked or removed the bot, since when: nothing is watched for it or sent to it.
GONE_CHAT = Table(
    "gone_chat",
    METADATA,
    Column("bot_id", BigInteger, nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
    PrimaryKeyConstraint("bot_id", "chat_id"),
    sqlite_with_rowid=False,
)

# A chat that has written to the bot, as it was when it was heard of last.
CHAT = Table(
    "chat",
    METADATA,
    Column("bot_id", BigInteger, nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("kind", String, nullable=False),
    Column("title", String, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("bot_id", "chat_id"),
    sqlite_with_rowid=False,
)

# An administrator whom an owner has added.
PRINCIPAL = Table(
    "principal",
    METADATA,
    Column("bot_id", BigInteger, nullable=False),
    Column("person_id", BigInteger, nullable=False),
    Column("name", String, nullable=False),
    Column("added_by", BigInteger, nullable=False),
    Column("added_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("bot_id", "person_id"),
    sqlite_with_rowid=False,
)

# A person or chat that gets no answers (``kind`` is ban), or a chat that gets no pushes (mute).
BAN = Table(
    "ban",
    METADATA,
    Column("bot_id", BigInteger, nullable=False),
    Column("subject_id", BigInteger, nullable=False),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("set_by", BigInteger, nullable=False),
    Column("set_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("bot_id", "subject_id", "kind"),
    sqlite_with_rowid=False,
)

# A value of the configuration that was set from the chat, as JSON; of a key the highest number is in force.
OVERRIDE = Table(
    "override",
    METADATA,
    Column("number", Integer, nullable=False, autoincrement=True),
    Column("key", String, nullable=False),
    Column("value", Text, nullable=False),
    PrimaryKeyConstraint("number"),
)

# What administrators have done, and in which chat (``asked_in``). Kept for ever.
AUDIT = Table(
    "audit",
    METADATA,
    Column("number", Integer, nullable=False, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("person_id", BigInteger, nullable=True),
    Column("asked_in", BigInteger, nullable=True),
    Column("action", String, nullable=False),
    Column("subject", Text, nullable=False),
    Column("before", Text, nullable=True),
    Column("after", Text, nullable=True),
    PrimaryKeyConstraint("number"),
)

# Which process (``holder``) does what only one may do, and until when unless it renews.
LEASE = Table(
    "lease",
    METADATA,
    Column("name", String, nullable=False),
    Column("holder", String, nullable=False),
    Column("until", BigInteger, nullable=False),
    PrimaryKeyConstraint("name"),
    sqlite_with_rowid=False,
)

# A process that wants to send a push to a chat, and whether the process that leads has lent it room for that.
SEND_ROOM = Table(
    "send_room",
    METADATA,
    Column("bot_id", BigInteger, nullable=False),
    Column("asking", String, nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("is_lent", Boolean, nullable=False),
    PrimaryKeyConstraint("bot_id", "asking"),
    sqlite_with_rowid=False,
)

# A symbol in a list of a chat's favourites: a perpetual ends in ``.P``, ``place`` orders the list.
FAVOURITE = Table(
    "favourite",
    METADATA,
    Column("bot_id", BigInteger, nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("list", String, nullable=False),
    Column("symbol", String, nullable=False),
    Column("place", Integer, nullable=False),
    Column("added_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("bot_id", "chat_id", "list", "symbol"),
    sqlite_with_rowid=False,
)

# A scheduled message of a chat: at ``minute`` of the day on ``days`` (Monday is 0), due next at ``due_at``, the first
# such moment after ``after`` in ``zone``.
DIGEST = Table(
    "digest",
    METADATA,
    Column("bot_id", BigInteger, nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
    Column("chat_kind", String, nullable=False),
    Column("thread_id", BigInteger, nullable=True),
    Column("person_id", BigInteger, nullable=False),
    Column("symbols", JSON, nullable=False),
    Column("interval", String, nullable=False),
    Column("minute", Integer, nullable=False),
    Column("days", JSON, nullable=False),
    Column("language", String, nullable=False),
    Column("zone", String, nullable=False),
    Column("after", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("bot_id", "chat_id", "number"),
    Index(None, "bot_id", "due_at"),
)
