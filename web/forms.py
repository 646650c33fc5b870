"""What was typed into a form, and what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from services.errors import Conflict, Invalid
from web import refusals

_NONE: MultiDict[str, str] = MultiDict()


@dataclass(frozen=True, slots=True)
class Form:
    """A form that is shown: empty, or again after a refusal."""

    typed: MultiDict[str, str] = field(default_factory=lambda: _NONE)
    problems: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Sentences by the name of the field. The empty name has those about the form as a whole."""
    is_again: bool = False

    @classmethod
    def refused(cls, typed: MultiDict[str, str], error: Invalid | Conflict) -> "Form":
        """Return a form with what was typed and the reasons of a refusal."""
        if isinstance(error, Invalid):
            said = {
                path: [refusals.translated(sentence) for sentence in sentences]
                for path, sentences in error.problems.items()
            }
            return cls(typed, said, is_again=True)
        said = {error.field or "": [refusals.translated(str(error))]}
        return cls(typed, said, is_again=True)

    def value(self, name: str, otherwise: object = "") -> str:
        """Return what was typed into a field, or else the current value of it."""
        if self.is_again:
            return self.typed.get(name, "")
        return "" if otherwise is None else str(otherwise)

    def values(self, name: str, otherwise: Sequence[object] = ()) -> list[str]:
        """Return all values of a field that may have several."""
        if self.is_again:
            return self.typed.getlist(name)
        return [str(each) for each in otherwise]

    def is_set(self, name: str, *, otherwise: bool = False) -> bool:
        """Return whether a box is ticked. A browser sends nothing for one that is not."""
        return name in self.typed if self.is_again else otherwise

    def error(self, name: str) -> str:
        """Return what is wrong with a field, in one text."""
        return " ".join(self.problems_of(name))

    def errors(self, labels: Mapping[str, str]) -> list[dict[str, str]]:
        """Return what the summary of a form says, with the labels of its fields by their names."""
        return [
            {"name": name if name in labels else "", "label": labels.get(name, ""), "text": text}
            for name, texts in self.problems.items()
            for text in texts
        ]

    def problems_of(self, name: str) -> Sequence[str]:
        """Return the sentences about a field and about the parts of its value."""
        return [
            sentence
            for path, sentences in self.problems.items()
            if path == name or path.startswith(f"{name}.")
            for sentence in sentences
        ]


EMPTY = Form()
