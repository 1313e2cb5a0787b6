"""Authentication. A token that was not issued here, or is expired or revoked, is answered 401."""

import base64
import json
import time
from datetime import UTC, datetime, timedelta

import jwt
import psycopg
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from inbound import tokens
from inbound.models import ApiToken
from tests.api import Api
from tests.factories import ApiTokenFactory, SourceSystemFactory

HEALTH = "/integration/health"


def forge(token, key=settings.TOKEN_SIGNING_KEY, algorithm="HS256", headers=None, **claims):
    now = int(time.time())
    payload = {"token_type": "integration", "jti": str(token.jti), "iat": now, "exp": now + 3600}
    payload = {name: value for name, value in (payload | claims).items() if value is not ...}
    return jwt.encode(payload, key, algorithm=algorithm, headers=headers)


def part(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(token, payload: str):
    """Return a correctly signed token with a payload that PyJWT would not write."""
    header = part({"alg": "HS256", "typ": "JWT"})
    body = f"{header}.{part(payload.encode())}"
    key = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    return f"{body}.{part(key.sign(body.encode(), settings.TOKEN_SIGNING_KEY.encode()))}"


FORGERIES = {
    "another key": lambda t: forge(t, key="another key, as long as it has to be, and longer"),
    "HS512": lambda t: forge(t, algorithm="HS512"),
    "alg none": lambda t: forge(t, key=None, algorithm="none"),
    "alg none by hand": lambda t: f"{part({'alg': 'none'})}.{part({'jti': str(t.jti)})}.",
    "another type": lambda t: forge(t, token_type="access"),
    "no type": lambda t: forge(t, token_type=...),
    "a plain access token": lambda t: str(AccessToken()),
    "a plain access token with our id": lambda t: str(_with_id(AccessToken(), t)),
    "a refresh token": lambda t: str(_with_id(RefreshToken(), t)),
    "an unknown id": lambda t: forge(t, jti="7d2f4ae4-7f5e-4d64-9df7-6b1b3a8bbf5c"),
    "no id": lambda t: forge(t, jti=...),
    "an id that is no UUID": lambda t: signed(t, '{"token_type": "integration", "exp": 9999999999, "jti": [1]}'),
    "an id that is a number": lambda t: signed(t, '{"token_type": "integration", "exp": 9999999999, "jti": 1}'),
    "an exp in the past": lambda t: forge(t, exp=1),
    "an exp below zero": lambda t: forge(t, exp=-(10**15)),
    "an exp beyond the calendar": lambda t: forge(t, exp=10**15),
    "an exp beyond any float": lambda t: forge(t, exp=10**400),
    "an infinite exp": lambda t: signed(t, '{"token_type": "integration", "exp": 1e999, "jti": "x"}'),
    "a NaN exp": lambda t: signed(t, '{"token_type": "integration", "exp": NaN, "jti": "x"}'),
    "an exp that is text": lambda t: signed(t, '{"token_type": "integration", "exp": "soon", "jti": "x"}'),
    "no exp": lambda t: forge(t, exp=...),
    "a payload that is a list": lambda t: signed(t, "[]"),
    "a payload that is no JSON": lambda t: signed(t, "{"),
    "a header nested a thousand deep": lambda t: f"{part(b'[' * 3000)}.{part({})}.x",
    "a critical header": lambda t: forge(t, headers={"crit": ["b64"], "b64": False}),
    "one part": lambda t: "abc",
    "nothing": lambda t: "",
    "not ASCII": lambda t: "tökén",
    "two": lambda t: f"{forge(t)} {forge(t)}",
}


def _with_id(token, row):
    token["jti"] = str(row.jti)
    return token


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forged_token_is_unauthorized(token, forgery):
    response = Api(raw=forgery(token) or " ").get(HEALTH)
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "unauthorized"
    assert response["WWW-Authenticate"] == "Bearer"


def test_a_token_that_is_too_long_is_refused(token):
    assert Api(raw=forge(token, padding="x" * 1_000)).get(HEALTH).status_code == 401


def test_a_genuine_token_is_accepted(token):
    assert Api(raw=forge(token)).get(HEALTH).status_code == 200


@pytest.mark.parametrize("header", [None, "Basic ZGVtbzpkZW1v", "Token abc", "Bearer"])
def test_a_request_without_a_bearer_token_is_unauthorized(db, header):
    response = Api().get(HEALTH, **({"Authorization": header} if header else {}))
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")


def test_a_staff_session_gives_no_access_to_the_api(staff):
    assert staff.get(HEALTH).status_code == 401


def test_a_revocation_takes_effect_with_the_next_request(api, token):
    assert api.get(HEALTH).status_code == 200
    tokens.revoke(token=token)
    assert api.get(HEALTH).status_code == 401


def test_the_expiry_of_the_row_counts_even_if_the_jwt_says_later(token):
    raw = forge(token)
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Api(raw=raw).get(HEALTH).status_code == 401


def test_a_change_of_scopes_takes_effect_with_the_next_request(api, token):
    token.scopes = ["targets.read"]
    token.save()
    response = api.get(HEALTH)
    assert response.status_code == 403
    assert response.json()["error"]["requiredScope"] == "integration.health.read"


def test_a_forged_token_makes_no_query(db, token, django_assert_num_queries):
    api = Api(raw=forge(token, key="another key, as long as it has to be, and longer"))
    with django_assert_num_queries(0):
        api.get(HEALTH)


def test_last_used_at_is_updated_at_most_once_a_minute(api, token):
    api.get(HEALTH)
    token.refresh_from_db()
    first = token.last_used_at
    api.get(HEALTH)
    token.refresh_from_db()
    assert token.last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(seconds=61))
    api.get(HEALTH)
    token.refresh_from_db()
    assert token.last_used_at >= first


def test_the_signed_token_is_not_stored(token):
    raw = tokens.encode(token)
    signature = raw.rpartition(".")[2]
    assert signature not in str(list(ApiToken.objects.values()))


def test_health_lists_the_rights_of_the_token(erp):
    other = SourceSystemFactory(key="abc")
    token = ApiTokenFactory(
        name="Reader",
        scopes=["targets.read", "integration.health.read"],
        source_systems=[erp, other],
        expires_at=datetime(2100, 1, 1, tzinfo=UTC),
    )
    answer = Api(token).get(HEALTH).json()
    assert answer["status"] == "ok"
    assert answer["version"] == settings.VERSION
    assert abs(datetime.fromisoformat(answer["serverTime"]) - timezone.now()) < timedelta(minutes=1)
    assert answer["token"] == {
        "name": "Reader",
        "scopes": ["integration.health.read", "targets.read"],
        "sourceSystems": ["abc", "logistics_erp"],
        "expiresAt": "2100-01-01T00:00:00Z",
    }


def test_a_token_does_not_serve_the_source_systems_of_another_token(api):
    ApiTokenFactory(source_systems=[SourceSystemFactory()])
    assert api.get(HEALTH).json()["token"]["sourceSystems"] == ["logistics_erp"]


def test_a_token_without_source_systems_reads_and_imports_nothing(db):
    api = Api(ApiTokenFactory())
    assert api.get("/targets").json()["results"] == []
    assert api.post({"externalId": "1", "title": "x"}).json()["error"]["code"] == "missing_source_system"


def test_two_valid_tokens_cannot_have_the_same_name(token):
    with pytest.raises(Exception, match="A token with this name exists"):
        tokens.issue(
            name=token.name,
            scopes=["targets.read"],
            source_systems=[],
            expires_at=timezone.now() + timedelta(days=1),
            created_by=User(),
        )


@pytest.mark.django_db(transaction=True)
def test_a_request_succeeds_although_its_idle_connection_has_died(api):
    api.post({"externalId": "DEL-1", "title": "Delivery"})
    with psycopg.connect(connection.connection.info.dsn, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    assert api.post({"externalId": "DEL-2", "title": "Delivery"}).status_code == 201
