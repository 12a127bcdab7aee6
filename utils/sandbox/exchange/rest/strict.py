"""What spot refuses before an endpoint looks at a request (spot documentation: error codes -1101, -1104, -1105)."""

from collections.abc import Sequence

from utils.sandbox.exchange.rest import errors
from utils.sandbox.exchange.rest.endpoint import Endpoint
from utils.sandbox.exchange.rest.security import SIGNED

SIGNING = frozenset({"timestamp", "recvWindow", "signature"})


def check_parameters(endpoint: Endpoint, sent: Sequence[tuple[str, str]]) -> None:
    """Refuse parameters that are repeated, that the endpoint does not know, or that are empty."""
    names = {name for name, _ in sent}
    if len(names) < len(sent):
        raise errors.repeated()
    known = endpoint.parameters | (SIGNING if endpoint.security == SIGNED else frozenset())
    if names and not known:
        raise errors.too_many(len(sent))
    if not names <= known:
        raise errors.unread(len(names & known), len(sent))
    for name, value in sent:
        if not value:
            raise errors.empty(name)
