"""What the fields of models are called: by `owner.field`, or else by the field alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Words:
    """Labels, hints and the texts of choices, in English.

    The texts of choices are keyed by the field and the choice. Others are shown as they are.
    """

    labels: Mapping[str, str]
    hints: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def label(self, owner: str, name: str) -> str:
        """Return the label of a field. Raise `KeyError` if it has none."""
        found = self.labels.get(f"{owner}.{name}")
        return self.labels[name] if found is None else found

    def hint(self, owner: str, name: str) -> str:
        found = self.hints.get(f"{owner}.{name}")
        return self.hints.get(name, "") if found is None else found

    def choice(self, owner: str, name: str, value: str) -> str:
        for key in (f"{owner}.{name}", name):
            if key in self.choices and value in self.choices[key]:
                return self.choices[key][value]
        return value
