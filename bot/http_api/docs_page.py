"""A small page that lists the routes, made from the OpenAPI document."""

from html import escape
from typing import Any

_STYLE = (
    ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;"
    "padding:0 1rem}code{background:color-mix(in srgb,currentColor 9%,transparent);padding:.1em .3em;"
    "border-radius:.3em}li{margin:.2rem 0}"
)

# a live question, the perpetual on another interval, and a past moment
EXAMPLES = (
    "?symbol=BTCUSDT",
    "?symbol=ETHUSDT.P&interval=1h",
    "?symbol=BTCUSDT&interval=4h&at=2024-08-05T12:00:00Z",
)

BASKET_EXAMPLES = ("?symbols=BTCUSDT,ETHUSDT&interval=1d", "?symbols=top20")


def docs_page(document: dict[str, Any]) -> str:
    """Return the page as HTML."""
    title = escape(document["info"]["title"])
    routes = "".join(_route(path, verbs["get"]) for path, verbs in document["paths"].items())
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style><h1>{title}</h1>'
        f'<p>The whole description: <a href="/openapi.json">openapi.json</a>. Errors are problem JSON. '
        f"Where a token is set, send it as <code>Authorization: Bearer …</code>.</p>{routes}"
    )


def _route(path: str, operation: dict[str, Any]) -> str:
    calls = _examples({parameter["name"] for parameter in operation.get("parameters", ())})
    links = "".join(
        f'<li><a href="{escape(path + query)}"><code>{escape(path + query)}</code></a>' for query in calls
    )
    rows = "".join(
        f"<li><code>{escape(p['name'])}</code>{'' if p['required'] else ' (optional)'}: {escape(p['description'])}"
        for p in operation.get("parameters", ())
    )
    head = f"<h2><code>GET {escape(path)}</code></h2><p>{escape(operation['summary'])}</p>"
    return f"{head}<ul>{rows}</ul>Try:<ul>{links}</ul>"


def _examples(parameters: set[str]) -> tuple[str, ...]:
    """Return example queries of a route with these parameters."""
    if "symbols" in parameters:
        return BASKET_EXAMPLES
    return EXAMPLES if parameters else ("",)
