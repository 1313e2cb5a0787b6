"""The alert rules and the dashboard name no metric that /metrics does not answer."""

import json
import re

import pytest
from django.conf import settings

from tests.observability.http import samples

DEPLOY = settings.BASE_DIR / "deploy"
FILES = [DEPLOY / "prometheus" / "alerts.yml", DEPLOY / "grafana" / "ordinavo-connect.json"]


@pytest.fixture
def known(api, erp):
    """Return the names of all samples after an import with a rejection and a warning."""
    text = api.get("/metrics").content.decode()
    documented = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))
    return (
        documented
        | {name.partition("{")[0] for name in samples(text)}
        | {"ordinavo_http_request_duration_seconds_bucket"}
    )


def named(text):
    return set(re.findall(r"\bordinavo_\w+", text))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_metric_that_is_named_exists(known, file):
    assert len(named(file.read_text())) > 5
    assert named(file.read_text()) - known == set()


def test_every_metric_is_in_the_dashboard(known):
    unused = {name for name in known if name.startswith("ordinavo_")} - named(FILES[1].read_text())
    suffixes = ("_created", "_sum", "_count", "_bucket", "_seconds")
    assert {name for name in unused if not name.endswith(suffixes)} == {"ordinavo_database_metrics_up"}


def test_the_dashboard_has_an_expression_in_each_panel():
    panels = [panel for panel in json.loads(FILES[1].read_text())["panels"] if panel["type"] != "row"]
    assert len(panels) > 10
    assert all(target["expr"] for panel in panels for target in panel["targets"])
    assert len({panel["id"] for panel in panels}) == len(panels)
