"""One search for readers of both languages: Turkish letters with or without their marks.

Who types ``gösterge``, ``gosterge`` or ``GÖSTERGE`` finds the same; the generator's own Turkish search would lose the
English pages, its English one everything that is typed on a keyboard without Turkish letters.
"""

import unicodedata
from typing import Final

DOTLESS: Final = "ı"
IN_BROWSER: Final = """
window.Stemmer = (function (English) {
  return function () {
    const english = new English();
    this.stemWord = (word) =>
      english.stemWord(word.replaceAll("ı", "i").normalize("NFD").replace(/\\p{M}/gu, ""));
  };
})(EnglishStemmer);
"""
"""The same in JavaScript, for the words that a reader types: the browser hands them over in small letters."""


def folded(word: str) -> str:
    """Return a word in small letters without the marks of Turkish ones: ``İŞLEM`` and ``işlem`` are ``islem``."""
    parts = unicodedata.normalize("NFD", word.lower().replace(DOTLESS, "i"))
    return "".join(letter for letter in parts if not unicodedata.combining(letter))
