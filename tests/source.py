"""The codes that the source can answer, read off it: what any list of them must have."""

import ast
from importlib import import_module

from django.conf import settings

from ordinavo.common.codes import Code

PACKAGES = ("inbound", "importjobs", "ordinavo", "targets", "templates")


def modules():
    for package in PACKAGES:
        for path in (settings.BASE_DIR / package).rglob("*.py"):
            if "migrations" not in path.parts:
                yield path, ast.parse(path.read_text())


def raised():
    """Status and code of every error of a request that our packages define."""
    for path, module in modules():
        for node in ast.walk(module):
            if isinstance(node, ast.ClassDef) and any(_assigns(line, "default_code") for line in node.body):
                name = ".".join(path.relative_to(settings.BASE_DIR).with_suffix("").parts)
                error = getattr(import_module(name), node.name)
                yield error.status_code, error.default_code


def found():
    """Every code of a finding: literals, and the tables and defaults of codes that are looked up."""
    for _path, module in modules():
        tables = {node.targets[0].id: node.value for node in ast.walk(module) if _assigns(node, "_CODES")}
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding":
                code = node.args[0]
                yield from _literals(code)
                if "_CODES" in ast.unparse(code):
                    yield from (value.value for value in tables["_CODES"].values)


def _assigns(node, name):
    return isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name


def _literals(code):
    constants = (node.value for node in ast.walk(code) if isinstance(node, ast.Constant))
    members = [
        node.attr for node in ast.walk(code) if isinstance(node, ast.Attribute) and node.attr in Code.__members__
    ]
    return [*(value for value in constants if isinstance(value, str)), *(Code[name].value for name in members)]
