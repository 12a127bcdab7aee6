"""From the text of an alert to the alert: what it asks for, whether it may stand here, and what is answered."""

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from handlers.alerts.buttons import COMMAND
from handlers.alerts.grammar import EXAMPLE, AlertFault, parse_alert
from handlers.alerts.keys import AlertDraft
from handlers.alerts.rule import Rule, length_text
from handlers.alerts.stored import stored_rule
from handlers.alerts.typed import typed_rule
from handlers.alerts.words import fault_line
from handlers.chat.alert_cards import (
    admins_only,
    alert_card,
    alerts_of,
    chat_of,
    content,
    offered,
    trouble,
)
from handlers.chat.context import RequestContext
from handlers.chat.keyboard import subject_of
from handlers.chat.rights import may_change
from handlers.ports import MessageContent
from handlers.render.html import Html, code, esc, fill, glue
from handlers.render.sentences import showing, symbol_missing
from handlers.render.words import span
from handlers.services import SymbolFound, SymbolMissing
from utils.http.errors import SourceError
from utils.store.alerts import AlertDefinition, StoredAlert
from utils.units import MINUTE_MS


@dataclass(frozen=True, slots=True)
class MadeAlert:
    """What is answered to the wish for an alert, and whether the wish was fulfilled."""

    answer: MessageContent
    is_made: bool


async def make_alert(context: RequestContext, draft: AlertDraft) -> MadeAlert:
    """Make the alert that a text asks for, or change the one that it replaces; else say in one line what is wrong."""
    try:
        if not await may_change(context):
            return _refused(esc(admins_only(context)))
        zone = ZoneInfo(context.config.time_zone)
        now_ms = context.services.clock.now_ms()
        rule = parse_alert(draft.text, alerts_of(context).catalogue, now_ms=now_ms, zone=zone)
        if isinstance(rule, AlertFault):
            return _refused(fault_line(rule, context.tr))
        least_ms = context.config.alert_cooldown_minutes * MINUTE_MS
        if rule.cooldown_ms < least_ms:
            return _refused(_too_often(context, rule, least_ms))
        found = await context.services.symbols.resolve(
            rule.symbol or context.config.default_symbol, quote=context.config.quote
        )
        if isinstance(found, SymbolMissing):
            return await _missing(found, rule, context)
        made = await _keep(context, _definition(context, rule, found), draft.replaces)
    except SourceError as error:
        return _refused(trouble(error, context))
    if made.is_made and found.guessed_from is not None:
        notice = showing(found, context.tr)
        text = glue(notice, Html("\n"), Html(made.answer.text))
        return replace(made, answer=content(text, made.answer.keyboard))
    return made


async def _keep(context: RequestContext, definition: AlertDefinition, replaces: int | None) -> MadeAlert:
    """Keep an alert unless the chat has it already or may have no more."""
    alerts, chat, tr = alerts_of(context), chat_of(context), context.tr
    there = await alerts.of_chat(chat.chat_id)
    same = next((one for one in there if _asks_the_same(one.definition, definition)), None)
    if same is not None:
        head = tr.gettext("Alert {number} watches that already", number=same.key.number)
        return MadeAlert(await alert_card(context, same, head), True)
    if replaces is not None:
        return await _redefine(context, definition, there, replaces)
    most = context.config.alerts_per_chat
    ended = next((one for one in there if one.standing.phase == "expired"), None)
    if len(there) >= most and ended is not None:
        await alerts.remove(ended.key)
    made = await alerts.add(definition, most=most)
    if made is None:
        full = tr.gettext(
            "This chat has {count} alerts and may have no more; delete one in {list}.",
            count=most,
            list="{list}",
        )
        return _refused(fill(full, list=esc("/alerts")))
    head = tr.gettext("Alert {number} is set", number=made.key.number)
    return MadeAlert(await alert_card(context, made, head), True)


async def _redefine(
    context: RequestContext, definition: AlertDefinition, there: tuple[StoredAlert, ...], replaces: int
) -> MadeAlert:
    alerts, tr = alerts_of(context), context.tr
    before = next((one for one in there if one.created_at == replaces), None)
    if before is None or not await alerts.redefine(before, definition):
        return _refused(esc(tr.gettext("That alert has changed meanwhile; send it again.")))
    (after,) = [one for one in await alerts.of_chat(chat_of(context).chat_id) if one.created_at == replaces]
    head = tr.gettext("Alert {number} is changed", number=after.key.number)
    return MadeAlert(await alert_card(context, after, head), True)


def _definition(context: RequestContext, rule: Rule, found: SymbolFound) -> AlertDefinition:
    return AlertDefinition(
        to=alerts_of(context).destination(chat_of(context)),
        person_id=context.person.id,
        symbol=found.symbol,
        market=found.market,
        interval=context.config.default_interval,
        rule=stored_rule(rule),
        until=rule.until_ms,
        language=context.tr.language,
    )


def _asks_the_same(one: AlertDefinition, other: AlertDefinition) -> bool:
    """Whether two alerts say the same in the same place, whoever made them in whatever language."""
    return replace(one, person_id=other.person_id, language=other.language) == other


def _too_often(context: RequestContext, rule: Rule, least_ms: int) -> Html:
    tr = context.tr
    said = tr.gettext("{word} is too often here; {length} is the shortest. For example: {example}")
    return fill(
        said,
        word=code(f"cooldown {length_text(rule.cooldown_ms)}"),
        length=esc(span(least_ms, tr.language)),
        example=code(f"cooldown {length_text(least_ms)}"),
    )


async def _missing(missing: SymbolMissing, rule: Rule, context: RequestContext) -> MadeAlert:
    """Which symbol there is not, with a button for the same alert about each that is similar."""
    line = symbol_missing(missing, COMMAND, context.tr, arguments=EXAMPLE)
    offers = []
    for near in missing.nearest:
        symbol = subject_of(near.symbol, near.market)
        offers.append((symbol, AlertDraft(typed_rule(rule, symbol, context.config.time_zone))))
    return MadeAlert(await offered(context, line, offers), False)


def _refused(line: Html) -> MadeAlert:
    return MadeAlert(content(line), False)
