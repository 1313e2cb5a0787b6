"""The commands that issue, rotate and revoke tokens."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from inbound.models import ApiToken
from tests.api import Api
from tests.factories import ApiTokenFactory, SourceSystemFactory

READ = ["--scope", "targets.read", "integration.health.read"]


def issue(*arguments):
    call_command("issue_token", *arguments)


def test_issue_token_prints_a_token_that_works_and_nothing_else(erp, capsys):
    SourceSystemFactory(key="shop")
    issue("Shop", "--source-system", "shop", "--source-system", "logistics_erp", *READ, "--days", "7")
    printed = capsys.readouterr()
    health = Api(raw=printed.out.rstrip("\n")).get("/integration/health").json()
    assert printed.out.count("\n") == 1
    assert printed.err == ""
    assert health["token"]["sourceSystems"] == ["logistics_erp", "shop"]
    assert (ApiToken.objects.get().expires_at - timezone.now()).days == 6


BAD = [
    (["X", "--source-system", "nope", *READ], "No such source system: nope. There are: logistics_erp."),
    (["X", "--source-system", "logistics_erp", "--scope", "all"], "No such scope: all. There are: inbound"),
    (["X", "--source-system", "logistics_erp", *READ, "--days", "0"], "--days must be from 1 to 3650."),
    (["X", "--source-system", "logistics_erp", *READ, "--days", "9999999"], "--days must be from 1 to"),
    (["X", "--source-system", "logistics_erp", *READ, "--days", "week"], "invalid int value: 'week'"),
    (["", "--source-system", "logistics_erp", *READ], "name: This field cannot be blank"),
    (["Taken", "--source-system", "logistics_erp", *READ], "A token with this name exists"),
    (["X", "--source-system", "logistics_erp", *READ, "--allow-network", "office"], "office is not a network."),
    (["X", "--source-system", "logistics_erp", *READ, "--allow-network", ""], "--allow-network must name a network"),
    (["X", *READ], "the following arguments are required: --source-system"),
]


@pytest.mark.parametrize(("arguments", "sentence"), BAD)
def test_issue_token_explains_what_is_wrong_with_its_arguments(erp, arguments, sentence):
    ApiTokenFactory(name="Taken")
    with pytest.raises(CommandError, match=sentence.replace(".", r"\.")):
        issue(*arguments)
    assert ApiToken.objects.count() == 1


def test_issue_token_restricts_the_token_to_each_allowed_network(erp, capsys):
    networks = ["--allow-network", "192.0.2.0/24", "--allow-network", "2001:DB8:0::/32"]
    issue("Shop", "--source-system", "logistics_erp", *READ, *networks)
    assert Api(raw=capsys.readouterr().out.strip()).get("/integration/health").status_code == 403
    assert ApiToken.objects.get().allowed_networks == ["192.0.2.0/24", "2001:db8::/32"]


def test_a_rotated_token_keeps_its_allowed_networks(token, capsys):
    ApiToken.objects.update(allowed_networks=["192.0.2.0/24"])
    call_command("rotate_token", token.name)
    assert [kept.allowed_networks for kept in ApiToken.objects.all()] == [["192.0.2.0/24"], ["192.0.2.0/24"]]
    assert Api(raw=capsys.readouterr().out.strip()).get("/integration/health").status_code == 403


def test_a_revoked_token_is_refused(api, token, capsys):
    call_command("revoke_token", token.name)
    assert api.get("/integration/health").status_code == 401
    assert "Revoked" in capsys.readouterr().out


def test_the_name_of_a_revoked_token_can_be_used_again(erp, token, capsys):
    call_command("revoke_token", token.name)
    issue(token.name, "--source-system", "logistics_erp", *READ)
    assert ApiToken.objects.filter(name=token.name).count() == 2


def test_revoke_token_fails_if_no_token_has_the_name(db):
    with pytest.raises(CommandError, match="There is no unrevoked token named 'nope'"):
        call_command("revoke_token", "nope")


def test_rotate_token_prints_the_new_token_and_ends_the_old_one(token):
    out = StringIO()
    call_command("rotate_token", token.name, "--days", "0", stdout=out)
    assert Api(raw=out.getvalue().strip()).get("/integration/health").status_code == 200
    assert Api(token).get("/integration/health").status_code == 401


@pytest.mark.parametrize("arguments", [["Nobody"], *(["ERP nightly push", "--days", n] for n in ("-1", "9" * 12))])
def test_rotate_token_refuses_an_unknown_name_and_days_out_of_range(token, arguments):
    with pytest.raises(CommandError):
        call_command("rotate_token", *arguments)
