"""The page of all commands, by who may use them."""

from analysis.registry import MODULES
from handlers.commands.routes import build_registry
from handlers.composites.registry import TOPICS
from handlers.locale.messages import Translator
from handlers.registry import ROLES, CommandSpec
from scripts.pages.reference.markdown import codes, defined, esc, page
from scripts.pages.reference.wording import Wording


def commands_page(tr: Translator, wording: Wording) -> str:
    """Return the page."""
    specs = build_registry(MODULES, TOPICS).specs
    blocks = [f"# {wording.commands}", wording.commands_intro]
    for role in ROLES:
        blocks.append(f"## {wording.who[role]}")
        blocks += [_entry(spec, tr, wording) for spec in specs if spec.role == role]
    return page(*blocks)


def _entry(spec: CommandSpec, tr: Translator, wording: Wording) -> str:
    also = f"{wording.also} {codes('/' + name for name in spec.aliases)}" if spec.aliases else ""
    costs = wording.costs.format(units=spec.quota) if spec.quota > 1 else ""
    facts = "; ".join(fact for fact in (also, costs) if fact)
    title = f"{codes(['/' + spec.name])} · {esc(tr.gettext(spec.title))}"
    return defined(title, [esc(tr.gettext(spec.summary)), facts])
