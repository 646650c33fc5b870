"""Why a service refused, in the language of the reader.

Services speak English, since the API does. Their sentences are known here by their form; one that
is not known is shown as it is.
"""

from services.errors import Invalid
from web.refusals.sentences import NOUNS, SENTENCES
from web.translations.forms import Forms

_SENTENCES = Forms(SENTENCES, within=Forms(NOUNS).find)


def translated(sentence: str) -> str:
    """Return a sentence of a service in the language of the reader."""
    found = _SENTENCES.find(sentence)
    return sentence if found is None else found


def in_words(error: Invalid) -> str:
    """Return everything that is wrong with some values in one text."""
    return " ".join(translated(text) for texts in error.problems.values() for text in texts)
