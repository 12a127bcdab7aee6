"""Guards of the owner's account: nobody else sees it, and the owner sees it nowhere but at home."""

from typing import Final

from scripts.guards.guard import Attack, Guard

SEEN: Final = "handlers/chat/account.py"
CARDS: Final = (
    "tests/handlers/chat/test_account.py::test_nobody_else_sees_it_and_an_owner_sees_it_nowhere_else"
)
BASKETS: Final = "tests/handlers/test_baskets.py::test_the_owners_coins_are_for_the_owner_in_private_alone"
PRIVACY: Final = "tests/e2e/test_account_privacy.py"
OVER_HTTP: Final = "tests/bot/http_api/test_account.py::test_without_the_right_token_there_is_no_such_key"
OWN_CHAT: Final = 'is_own_chat = chat is not None and chat.kind == "private" and chat.chat_id == person.id'
IN_ITS_CHAT: Final = "return is_own_chat and person.id in context.services.owners()"

ATTACKS: Final = (
    Attack(
        "somebody asks for the owner's account",
        (
            Guard(
                "owners alone",
                SEEN,
                IN_ITS_CHAT,
                "return is_own_chat",
                CARDS,
                f"{PRIVACY}::test_nothing_leaks",
            ),
            Guard(
                "in private alone",
                SEEN,
                IN_ITS_CHAT,
                "return chat is not None and person.id in context.services.owners()",
                CARDS,
                f"{PRIVACY}::test_nothing_leaks",
            ),
            Guard("in the own private chat alone", SEEN, " and chat.chat_id == person.id", "", CARDS),
            Guard(
                "in a chat at all",
                SEEN,
                OWN_CHAT,
                'is_own_chat = chat is None or (chat.kind == "private" and chat.chat_id == person.id)',
                f"{PRIVACY}::test_inline_results_are_those_of_anybody",
                f"{PRIVACY}::test_guests_see_what_anybody_sees",
            ),
            Guard(
                "what it holds: for who sees it",
                "handlers/chat/baskets.py",
                "if holdings is None or not may_see_account(context):",
                "if holdings is None:",
                BASKETS,
                f"{PRIVACY}::test_what_is_held_is_a_basket_at_home_alone",
            ),
            Guard(
                "over HTTP: analyses with the token alone",
                "bot/http_api/server.py",
                "if not dependencies.access.is_owner(request) or not module.account:",
                "if not module.account:",
                OVER_HTTP,
            ),
            Guard(
                "over HTTP: scores with the token alone",
                "bot/http_api/composite_routes.py",
                "if not (declared.account and dependencies.access.is_owner(request)):",
                "if not declared.account:",
                "tests/bot/http_api/test_composites.py::TestOwnAccount::test_stands_beside_the_risk_for_the_token_alone",
            ),
        ),
    ),
)
