"""Labels of values, in the language of the reader."""

from collections.abc import Iterable, Mapping

from web.translations import gettext as _


class Labels:
    """The labels of an enumeration or a registry, by the words of its values.

    A word without a label is shown as it is: a newer version may know more of them.
    """

    def __init__(self, labels: Mapping[str, str]) -> None:
        self._labels = labels

    def __call__(self, value: str) -> str:
        """Return the label of a value."""
        found = self._labels.get(value)
        return str(value) if found is None else _(found)

    def __contains__(self, value: object) -> bool:
        return value in self._labels

    def choices(self, values: Iterable[str] | None = None) -> list[tuple[str, str]]:
        """Return pairs of word and label for a select: of some values, or else of all."""
        return [(str(each), self(each)) for each in (self._labels if values is None else values)]
