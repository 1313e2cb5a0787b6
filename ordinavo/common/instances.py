"""Make instances of models faster than Django's constructor, which looks at each field of each instance anew.

A batch makes two instances for each document, which took a quarter of the time of an import. Signals of instances
(`pre_init`, `post_init`) are not sent.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.base import ModelState

M = TypeVar("M", bound=models.Model)


def new(model: type[M]) -> M:
    """Return a new instance, as `model()` does. Callable defaults are called anew."""
    made = _with_values(model, _defaults(model))
    for name, default in _callable_defaults(model):
        made.__dict__[name] = default()
    return made


def stored(model: type[M], names: Sequence[str], values: Sequence[Any]) -> M:
    """Return an instance of a stored row, as `model.from_db` does.

    `names` are the attributes of all columns, such as "template_id", and `values` their Python values.
    """
    made = _with_values(model, dict(zip(names, values, strict=True)))
    made._state.adding, made._state.db = False, DEFAULT_DB_ALIAS
    return made


def _with_values(model: type[M], values: Mapping[str, Any]) -> M:
    """Return a new instance with these attributes, and without the work of the constructor."""
    made = model.__new__(model)
    made._state = ModelState()
    made.__dict__.update(values)
    return made


@cache
def _defaults(model: type[models.Model]) -> dict[str, Any]:
    """Return the attributes of a new instance. The result is cached, so callers must not change it."""
    blank = model()
    return {field.attname: getattr(blank, field.attname) for field in model._meta.concrete_fields}


@cache
def _callable_defaults(model: type[models.Model]) -> list[tuple[str, Callable[[], Any]]]:
    """Return the attributes whose default is a function, such as `dict`, and the functions."""
    fields = [field for field in model._meta.concrete_fields if field.has_default()]
    return [(field.attname, field.default) for field in fields if callable(field.default)]
