"""Guards against what comes from outside: names, symbols, forged deliveries, rules, HTTP; and of what goes out."""

from typing import Final

from scripts.guards.guard import Attack, Guard

HTML: Final = "handlers/render/html.py"
WEBHOOK: Final = "bot/telegram/receive/webhook.py"
GRAMMAR: Final = "handlers/alerts/grammar.py"
ENDPOINTS: Final = "utils/binance_api/urls.py"
ACCESS: Final = "bot/http_api/access.py"
REDACTION: Final = "bot/redaction.py"
ESCAPED: Final = "return Html(html.escape(clean(text), quote=False))"
LEAVES: Final = "tests/handlers/test_html.py::test_every_leaf_parses_to_what_was_meant"
DELIVERED: Final = "tests/bot/telegram/receive/test_webhook_updates.py::test_webhook_delivers_with_its_secret"
OVER_HTTP: Final = "tests/bot/http_api/test_access.py"
KNOWN: Final = "tests/bot/test_redaction.py::test_known_values_are_hidden_in_every_form"
WRITTEN: Final = "tests/contract/test_read_only.py"

ATTACKS: Final = (
    Attack(
        "a name with markup or controls",
        (
            Guard(
                "markup is text",
                HTML,
                ESCAPED,
                "return Html(clean(text))",
                LEAVES,
                "tests/bot/administration/test_hostile.py::test_a_hostile_name_is_banned_listed_and_audited_as_text",
                "tests/handlers/composites/test_cards.py::test_a_scan_with_hostile_names_is_escaped",
            ),
            Guard(
                "controls are dropped",
                HTML,
                ESCAPED,
                "return Html(html.escape(text, quote=False))",
                "tests/handlers/test_html.py::test_hidden_and_broken_characters_do_not_pass",
            ),
        ),
    ),
    Attack(
        "a malicious symbol in a button",
        (
            Guard(
                "what is written is read back",
                "handlers/chat/callback_data.py",
                "        if parse_callback_data(data) != self:\n"
                '            raise ValueError(f"callback data cannot be parsed back: {data!r}")\n',
                "",
                "tests/handlers/chat/test_callback_data.py::test_data_that_cannot_be_parsed_back_is_not_written",
            ),
        ),
    ),
    Attack(
        "a forged webhook",
        (
            Guard(
                "the secret is compared",
                WEBHOOK,
                "        if not hmac.compare_digest(given, self._webhook.secret.encode()):",
                "        if not given:",
                DELIVERED,
            ),
            Guard(
                "the secret is told to Telegram",
                WEBHOOK,
                "secret_token=self._webhook.secret, ",
                "",
                DELIVERED,
            ),
            Guard(
                "there is a secret",
                WEBHOOK,
                "    if settings.webhook_secret is None:",
                "    if False:",
                "tests/bot/telegram/receive/test_webhook.py::test_a_webhook_without_a_secret_is_refused",
            ),
        ),
    ),
    Attack(
        "an alert that is code, or endless",
        (
            Guard(
                "depth",
                GRAMMAR,
                "        if self._depth > MOST_DEPTH:",
                "        if False:",
                "tests/handlers/alerts/test_grammar.py::test_no_alert_is_endless",
            ),
            Guard(
                "length",
                GRAMMAR,
                "        if len(list(predicates(condition))) > MOST_PREDICATES:",
                "        if False:",
                "tests/handlers/alerts/test_grammar.py::test_no_alert_is_endless",
            ),
        ),
    ),
    Attack(
        "trading",
        (
            Guard(
                "known reads alone",
                ENDPOINTS,
                'SPOT_DEPTH_BOOK = _spot("depth", "depth",',
                'SPOT_DEPTH_BOOK = _spot("depth", "order",',
                f"{WRITTEN}::test_every_endpoint_is_a_known_read",
            ),
            Guard(
                "no path that writes",
                ENDPOINTS,
                'SPOT_DEPTH_BOOK = _spot("depth", "depth",',
                # joined here, as no source of this program may name such a path
                f'SPOT_DEPTH_BOOK = _spot("depth", "{"/".join(("", "order"))}",',
                f"{WRITTEN}::test_no_source_names_a_path_or_call_that_writes",
            ),
        ),
    ),
    Attack(
        "reading secrets",
        (
            Guard(
                "in the last errors",
                "bot/administration/errors.py",
                "self._lines.append(self._redact(f\"{when:%m-%d %H:%M} {' '.join(text.split())}\")[:LONGEST])",
                "self._lines.append(f\"{when:%m-%d %H:%M} {' '.join(text.split())}\"[:LONGEST])",
                "tests/bot/administration/test_overview.py::test_the_last_errors_are_short_and_without_secrets",
            ),
            Guard(
                "in log lines",
                "bot/logs.py",
                "return self._redact(self._inner.format(record))",
                "return self._inner.format(record)",
                "tests/bot/test_redaction.py::test_no_log_line_shows_a_secret",
            ),
            Guard(
                "in readiness",
                "bot/readiness.py",
                "None if why is None else self._redact(why)",
                "why",
                "tests/bot/test_readiness.py::test_no_reason_shows_a_secret",
            ),
            Guard("known values", REDACTION, "text = self._known.sub(HIDDEN, text)", "pass", KNOWN),
            Guard("known values in an address", REDACTION, '                quote(value, ""),\n', "", KNOWN),
            Guard("known values in JSON", REDACTION, "                json.dumps(value)[1:-1],\n", "", KNOWN),
            Guard(
                "what has the form of a secret",
                REDACTION,
                "            text = pattern.sub(replacement, text)",
                "            pass",
                "tests/bot/test_redaction.py::test_everything_with_the_form_of_a_secret_is_hidden",
            ),
        ),
    ),
    Attack(
        "HTTP from beyond loopback, or from a page in a browser",
        (
            Guard(
                "a token at the start",
                "bot/http_api/server.py",
                "    if token is None:",
                "    if False:",
                f"{OVER_HTTP}::test_beyond_loopback_without_a_token_is_refused",
            ),
            Guard(
                "a token at every request",
                ACCESS,
                "if (self.required or authorization is not None) and not self.is_owner(request):",
                "if False:",
                f"{OVER_HTTP}::TestWithToken::test_is_needed",
            ),
            Guard(
                "the whole token",
                ACCESS,
                'return scheme.lower() == "bearer" and hmac.compare_digest(\n'
                '            value.strip().encode(errors="surrogateescape"), self.token.encode()\n        )',
                'return scheme.lower() == "bearer" and self.token.startswith(value.strip())',
                f"{OVER_HTTP}::TestWithToken::test_is_needed",
            ),
            Guard(
                "no token that opens where none is set",
                ACCESS,
                "if self.token is None or authorization is None:\n            return False",
                "if self.token is None or authorization is None:\n            return self.token is None",
                f"{OVER_HTTP}::TestWithoutToken::test_no_token_is_right",
            ),
            Guard(
                "a wrong token where none is needed",
                ACCESS,
                "if (self.required or authorization is not None) and not self.is_owner(request):",
                "if self.required and not self.is_owner(request):",
                f"{OVER_HTTP}::TestOptionalToken::test_a_wrong_token_is_refused_where_none_is_needed",
            ),
            Guard(
                "names of this machine",
                ACCESS,
                "if not (self.required or _is_to_loopback(request) or self.is_owner(request)):",
                "if False:",
                "tests/bot/http_api/test_connections.py::test_on_loopback_only_names_of_this_machine_are_served",
            ),
            Guard(
                "requests per minute",
                ACCESS,
                "        if wait_s > 0:",
                "        if False:",
                f"{OVER_HTTP}::TestQuota::test_is_per_minute",
            ),
        ),
    ),
)
