"""The fields of a form from a pydantic model: types, defaults and ranges are those of the model."""

import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le, MaxLen
from pydantic import AfterValidator, BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from probes.assertions.comparing import Scalar
from probes.auth.fields import Text, Word
from web.model_forms.fields import Field, Shape
from web.model_forms.words import Words

_LONG_TEXT_FROM = 2000
"""Texts that may be as long as this get several lines."""
_LONGEST_SECRET_OF_A_LINE = 8192
_BOUND_IN_BYTES = frozenset({"body"})
"""Texts of several lines whose model gives no length in characters."""
_ORDERED = frozenset({"steps"})
"""Lists whose rows come one after the other."""
_ROW_ORDER = (
    "name",
    "method",
    "url",
    "headers",
    "body_type",
    "body",
    "header",
    "cookie",
    "path",
    "mode",
    "pattern",
    "comparison",
    "value",
    "outcome",
)
_UNITS = {"_ms": "ms", "_percent": "%"}
_SECONDS = "_seconds"
_UNIONS = (Union, types.UnionType)


def fields_of(model: type[BaseModel], owner: str, words: Words) -> tuple[Field, ...]:
    """Return the fields of a model in its order; `owner` names it in the words."""
    return tuple(
        _field(info.alias or name, info, owner, words)
        for name, info in model.model_fields.items()
        if not _is_tag(info.annotation)
    )


def _field(name: str, info: FieldInfo, owner: str, words: Words) -> Field:
    found = _Found(info.annotation, list(info.metadata))
    usual = None if info.default is PydanticUndefined else info.default
    if info.default_factory is not None:
        usual = info.get_default(call_default_factory=True)
    shape = _shape(name, found)
    return Field(
        name=name,
        shape=shape,
        label=words.label(owner, name),
        hint=words.hint(owner, name),
        usual=_stored(usual),
        may_lack=found.may_lack,
        is_required=info.is_required(),
        least=found.least,
        most=found.most,
        unit=next((unit for end, unit in _UNITS.items() if name.endswith(end)), ""),
        choices=tuple((each, words.choice(owner, name, each)) for each in _values(shape, found)),
        rows=_rows(name, found, words) if shape is Shape.ROWS else {},
        is_ordered=name in _ORDERED,
    )


def _stored(usual: object) -> object:
    """Return a default as a stored value has it: rows are mappings, not models."""
    if isinstance(usual, tuple) and any(isinstance(each, BaseModel) for each in usual):
        return tuple(each.model_dump(mode="json") for each in usual)
    return usual


def _values(shape: Shape, found: "_Found") -> list[str]:
    """Return the values of a select, or the types of rows."""
    if shape is Shape.ROWS:
        return [_tag(model) for model in found.models if _tag(model)]
    return found.literals if shape is Shape.SELECT else []


def _shape(name: str, found: "_Found") -> Shape:  # noqa: PLR0911 - one return for each shape
    if found.is_scalar:
        return Shape.SCALAR
    if SecretStr in found.types:
        return Shape.LONG_SECRET if found.is_long else Shape.SECRET
    if found.literals and str not in found.types:
        return Shape.SELECT
    if found.types == {bool}:
        return Shape.CHECK
    if int in found.types:
        return Shape.DURATION if name.endswith(_SECONDS) else Shape.WHOLE
    if found.is_mapping:
        return Shape.PAIRS
    if found.items is not None:
        return Shape.ROWS if found.models else Shape.LINES
    return Shape.LONG_TEXT if found.is_long or name in _BOUND_IN_BYTES else Shape.TEXT


def _rows(name: str, found: "_Found", words: Words) -> Mapping[str, tuple[Field, ...]]:
    """Return the fields of the rows of a list by their type."""
    return {
        _tag(model): tuple(
            sorted(
                fields_of(model, f"{name}.{_tag(model) or model.__name__}", words), key=_row_order
            )
        )
        for model in found.models
    }


def _row_order(field: Field) -> int:
    return _ROW_ORDER.index(field.name) if field.name in _ROW_ORDER else len(_ROW_ORDER)


def _tag(model: type[BaseModel]) -> str:
    """Return the type of a row, which is a literal, or nothing if there is only one."""
    info = model.model_fields.get("type")
    return get_args(info.annotation)[0] if info and _is_tag(info.annotation) else ""


def _is_tag(annotation: object) -> bool:
    """Return whether a type is a literal of one value, which nobody has to type."""
    return get_origin(annotation) is Literal and len(get_args(annotation)) == 1


class _Found:
    """What is in an annotation, without the layers around it."""

    def __init__(self, annotation: object, metadata: list[object]) -> None:
        self.types: set[object] = set()
        self.literals: list[str] = []
        self.may_lack = False
        self.is_scalar = annotation == Scalar or _pair(Scalar) == (annotation, metadata)
        self.is_mapping = False
        self.items: object = None
        self.models: list[type[BaseModel]] = []
        self._metadata = metadata
        self._read(annotation)

    @property
    def least(self) -> float | None:
        return next((each.ge for each in self._metadata if isinstance(each, Ge)), None)  # type: ignore[return-value]  # of numbers

    @property
    def most(self) -> float | None:
        return next((each.le for each in self._metadata if isinstance(each, Le)), None)  # type: ignore[return-value]  # of numbers

    @property
    def is_long(self) -> bool:
        lengths = [each.max_length for each in self._metadata if isinstance(each, MaxLen)]
        longest = max(lengths, default=0)
        if SecretStr in self.types:
            return longest > _LONGEST_SECRET_OF_A_LINE
        return longest >= _LONG_TEXT_FROM and not any(
            isinstance(each, AfterValidator) and each in _OF_ONE_LINE for each in self._metadata
        )

    def _read(self, annotation: object) -> None:
        for each in _alternatives(annotation):
            inner, metadata = _pair(each)
            self._metadata += metadata
            origin = get_origin(inner)
            if inner is types.NoneType:
                self.may_lack = True
            elif origin is Literal:
                self.literals += [text for text in get_args(inner) if isinstance(text, str)]
            elif origin is dict:
                self.is_mapping = True
            elif origin is tuple:
                self.items = get_args(inner)[0]
                self.models = list(_models(self.items))
            elif origin in _UNIONS or get_origin(inner) is Annotated:
                self._read(inner)
            else:
                self.types.add(inner)


def _alternatives(annotation: object) -> tuple[object, ...]:
    return get_args(annotation) if get_origin(annotation) in _UNIONS else (annotation,)


def _pair(annotation: object) -> tuple[object, list[object]]:
    """Return a type, and what pydantic's `Field` and others say about it."""
    if get_origin(annotation) is not Annotated:
        return annotation, []
    inner, *said = get_args(annotation)
    metadata: list[Any] = []
    for each in said:
        metadata += each.metadata if isinstance(each, FieldInfo) else [each]
    return inner, metadata


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    for each in _alternatives(_pair(annotation)[0]):
        inner = _pair(each)[0]
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield inner


_OF_ONE_LINE = [
    each for text in (Text, Word) for each in _pair(text)[1] if isinstance(each, AfterValidator)
]
"""What refuses line breaks."""
