"""The outline of the schema: what is allowed at a path, and what stands below it.

Knows how to read pydantic's models; error messages, the environment and the reference page all look at the schema
through this one window. A path is a tuple of field names, names given by the user, and positions in lists.
"""

import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import JsonValue
from pydantic.fields import FieldInfo

from llms.config.schema import Config, Section
from llms.config.values import TAGS, Allowed, OrList

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """What may stand at one place. `fields` are those of a section; `item` is what a mapping or list holds, `key` how a
    mapping's names look; a plain value has none of them.
    """

    allowed: str
    fields: Mapping[str, "FieldInfo"] | None = None
    item: Any = None
    key: Any = None
    is_mapping: bool = False
    is_tagged: bool = False
    is_json: bool = False

    def below(self, segment: str | int) -> "Shape":
        """The shape of what stands under `segment`; a plain value stays what it is."""
        if self.fields is not None and segment in self.fields:
            return shape_of_field(self.fields[str(segment)])
        return self if self.item is None else shape_of(self.item)


def shape_of(annotation: Any, marks: Sequence[Any] = ()) -> Shape:
    """The shape that a type stands for, with the marks of its `Annotated`."""
    phrase = next((mark.phrase for mark in marks if isinstance(mark, Allowed)), "")
    if annotation is JsonValue:
        return Shape(phrase, is_json=True)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return shape_of(arguments[0], [*marks, *arguments[1:]])
    if origin in {Union, types.UnionType}:
        return shape_of(next(choice for choice in arguments if choice is not type(None)), marks)
    if isinstance(annotation, type) and issubclass(annotation, Section):
        fields = annotation.model_fields
        return Shape(phrase or f"a mapping with any of {', '.join(sorted(fields))}", fields=fields)
    if origin is Mapping:
        return Shape(
            phrase,
            item=arguments[1],
            key=arguments[0],
            is_mapping=True,
            is_tagged=any(isinstance(mark, OrList) for mark in marks),
        )
    return Shape(phrase, item=arguments[0] if origin is tuple else None)


def shape_of_field(field: FieldInfo) -> Shape:
    """The shape of a section's field."""
    return shape_of(field.annotation, field.metadata)


ROOT = shape_of(Config)


def shape_at(path: Path) -> Shape:
    """What may stand at `path`, as pydantic has it: a last `[key]` means the name before it, a tag is no step."""
    shape = ROOT
    tagged = False
    for position, segment in enumerate(path):
        tagged = shape.is_tagged and segment in TAGS and not tagged
        if tagged:
            continue
        if path[position + 1 :] == ("[key]",) and shape.key is not None:
            return shape_of(shape.key)
        shape = shape.below(segment)
    return shape


def written(path: Path) -> str:
    """A path as people write it: `providers.mine.models[0]`, `providers["z.ai"].api_key`."""
    text = ""
    for segment in path:
        if isinstance(segment, int):
            text += f"[{segment}]"
        elif segment and not set(segment) & set('." []'):
            text += f".{segment}" if text else segment
        else:
            text += f'["{segment}"]'
    return text


def leaves(shape: Shape = ROOT, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    """Every field that holds a value, with its path; a name the user gives is `<name>`."""
    for name, field in (shape.fields or {}).items():
        below = shape_of_field(field)
        item = shape_of(below.item) if below.is_mapping else None
        if below.fields is not None:
            yield from leaves(below, (*path, name))
        elif item is not None and item.fields is not None:
            yield from leaves(item, (*path, name, "<name>"))
        else:
            yield (*path, name), field
