"""What the fields of models are called: by `owner.field`, or else by the field alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Words:
    """Labels, hints and the texts of choices, in English.

    The texts of choices are keyed by the field and the choice. Others are shown as they are. An
    owner within a list is written `list.owner`; a key may name both, or one of them.
    """

    labels: Mapping[str, str]
    hints: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def label(self, owner: str, name: str) -> str:
        """Return the label of a field. Raise `KeyError` if it has none."""
        key = next((key for key in _keys(owner, name) if key in self.labels), name)
        return self.labels[key]

    def hint(self, owner: str, name: str) -> str:
        return next((self.hints[key] for key in _keys(owner, name) if key in self.hints), "")

    def choice(self, owner: str, name: str, value: str) -> str:
        for key in _keys(owner, name):
            if key in self.choices and value in self.choices[key]:
                return self.choices[key][value]
        return value


def _keys(owner: str, name: str) -> tuple[str, ...]:
    """Return the keys of a field, the narrowest first."""
    return (f"{owner}.{name}", *(f"{part}.{name}" for part in owner.split(".")), name)
