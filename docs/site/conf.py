"""How the site is built; the pages and the reference are gathered by ``scripts/site`` before."""

from typing import Any

from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish

from scripts.pages.folding import IN_BROWSER, folded

project = "Market view bot"
html_title = "Market view bot"
language = "en"
extensions = ["myst_parser"]
exclude_patterns = [".doctrees"]

# links between pages and to headings are checked; what leads nowhere is a warning, and no warning is allowed
nitpicky = True
smartquotes = False
myst_heading_anchors = 4
myst_enable_extensions = ["deflist", "html_image"]

html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_use_index = False
pygments_style = "a11y-light"
pygments_dark_style = "a11y-dark"
# everything comes with the site: no fonts, scripts or pictures of others, so that nobody learns who reads what
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}


class BothLanguages(SearchEnglish):
    """English search on folded words; the same is done with what is typed, in the browser."""

    js_splitter_code = IN_BROWSER

    def stem(self, word: str) -> str:
        """Return the stem under which a word is found."""
        return super().stem(folded(word))


def _language_of_page(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Say of a Turkish page that it is Turkish, for hyphens and readers aloud."""
    if page.startswith("tr/"):
        context["language"] = "tr"


def setup(app: Sphinx) -> None:
    """Hook into the search and the writing of pages."""
    app.add_search_language(BothLanguages)
    app.connect("html-page-context", _language_of_page)
