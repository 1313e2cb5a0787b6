"""Bodies that are packed with gzip, on both imports."""

import gzip
import json
import tracemalloc
import zlib

import pytest
from django.utils import timezone

from importjobs.models import ImportItem, ImportJob
from tests.queries import count_queries

SINGLE, BATCH = "/inbound/targets", "/inbound/targets/batch"
STOP = {"externalId": "DEL-1", "title": "Delivery"}
STOP_JSON = json.dumps(STOP).encode()
PACKED = gzip.compress(STOP_JSON)


@pytest.fixture
def send(api):
    """Return a function that sends a body with a Content-Encoding, gzip by default."""

    def post(body, path=SINGLE, encoding="gzip", **headers):
        return api.post(body, path, **{"Content-Encoding": encoding} | headers)

    return post


def error(response):
    return response.status_code, response.json()["error"]["code"]


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip", " X-Gzip ", "identity, gzip"])
def test_a_packed_target_is_imported(send, encoding):
    assert send(PACKED, encoding=encoding).status_code == 201
    assert ImportItem.objects.get().payload == STOP


def test_a_packed_batch_is_imported(send):
    response = send(gzip.compress(json.dumps({"targets": [STOP] * 3}).encode()), BATCH)
    assert (response.status_code, response.json()["totalItems"]) == (200, 3)


@pytest.mark.parametrize("encoding", ["identity", "Identity", "", " "])
def test_identity_is_no_encoding(send, encoding):
    assert send(STOP_JSON, encoding=encoding).status_code == 201


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "compress", "gzip, gzip", "gzip;q=1", "utf-8", "*"])
@pytest.mark.parametrize("path", [SINGLE, BATCH])
def test_another_encoding_is_refused_with_the_one_that_is_accepted(send, path, encoding):
    response = send(PACKED, path, encoding)
    assert error(response) == (415, "unsupported_media_type")
    assert response["Accept-Encoding"] == "gzip"
    assert "only gzip is supported" in response.json()["error"]["message"]


BROKEN = {
    "not packed at all": STOP_JSON,
    "zlib instead of gzip": zlib.compress(STOP_JSON),
    "cut in the header": PACKED[:5],
    "cut in the data": PACKED[:20],
    "cut in the checksum": PACKED[:-1],
    "a wrong checksum": PACKED[:-8] + b"\0\0\0\0" + PACKED[-4:],
    "a flipped byte": PACKED[:15] + b"\xff" + PACKED[16:],
    "something after the end": PACKED + b"x",
    "zeros after the end": PACKED + b"\0" * 8,
    "half a second member": PACKED + PACKED[:7],
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize("path", [SINGLE, BATCH])
def test_broken_gzip_is_reported_as_such_and_records_no_job(send, path, body):
    response = send(body, path)
    assert error(response) == (400, "malformed_json")
    assert response.json()["error"]["message"].startswith("The gzip data of the body")
    assert not ImportJob.objects.exists()


def test_an_empty_body_is_reported_as_empty(send):
    assert "empty" in send(b"").json()["error"]["message"]
    assert "empty" in send(gzip.compress(b"")).json()["error"]["message"]


def test_several_members_are_one_body(send):
    members = [gzip.compress(STOP_JSON[start : start + 10]) for start in range(0, len(STOP_JSON), 10)]
    assert send(b"".join([gzip.compress(b""), *members])).status_code == 201


@pytest.mark.parametrize(("path", "limit"), [(SINGLE, "MAX_BODY_BYTES"), (BATCH, "MAX_BATCH_BODY_BYTES")])
def test_the_limit_of_the_endpoint_counts_unpacked_bytes(send, settings, path, limit):
    body = STOP_JSON if path == SINGLE else json.dumps({"targets": [STOP]}).encode()
    setattr(settings, limit, 100_000)
    at_limit = body + b" " * (100_000 - len(body))
    assert send(gzip.compress(at_limit), path).status_code in (200, 201)
    assert error(send(gzip.compress(at_limit + b" "), path)) == (413, "payload_too_large")


@pytest.mark.parametrize("members", [1, 4])
def test_a_bomb_costs_no_more_memory_than_the_limit(send, settings, members):
    settings.MAX_BATCH_BODY_BYTES = limit = 4 * 2**20
    bomb = gzip.compress(b" " * (64 * 2**20 // members), 1) * members
    send(PACKED, BATCH)  # loads what is imported late
    tracemalloc.start()
    try:
        assert error(send(bomb, BATCH)) == (413, "payload_too_large")
        assert tracemalloc.get_traced_memory()[1] < 2 * limit
    finally:
        tracemalloc.stop()


def test_the_limit_of_the_endpoint_counts_packed_bytes_too(send, settings):
    settings.MAX_BODY_BYTES = 1_000
    assert error(send(gzip.compress(b"") * 51)) == (413, "payload_too_large")


def test_a_body_has_a_limited_number_of_members(send):
    members = [PACKED, *[gzip.compress(b"")] * 10_000]
    assert send(b"".join(members[:-1])).status_code == 201
    assert error(send(b"".join(members))) == (413, "payload_too_large")


def test_the_members_of_a_body_share_one_limit(send, settings):
    settings.MAX_BODY_BYTES = 10_000
    assert error(send(gzip.compress(b" " * 6_000) * 2)) == (413, "payload_too_large")


@pytest.mark.parametrize("size", [2**20 - 1, 2**20, 2**20 + 1, 3 * 2**20, 5_000_000])
def test_a_body_that_is_unpacked_in_several_pieces_arrives_whole(send, size):
    batch = json.dumps({"targets": [STOP]}).encode()
    assert send(gzip.compress(batch[:-1] + b" " * (size - len(batch)) + b"}"), BATCH).status_code == 200


def test_a_key_belongs_to_the_unpacked_body(send, api):
    packed_twice = [gzip.compress(STOP_JSON, level) for level in (1, 9)]
    answers = [send(body, **{"Idempotency-Key": "1"}) for body in packed_twice]
    answers.append(api.post(STOP_JSON, **{"Idempotency-Key": "1"}))
    assert [answer.get("Idempotent-Replayed") for answer in answers] == [None, "true", "true"]
    assert error(send(gzip.compress(STOP_JSON + b" "), **{"Idempotency-Key": "1"})) == (422, "idempotency_conflict")


@pytest.mark.django_db(transaction=True)
def test_a_packed_single_import_takes_two_queries(send):
    body = gzip.compress(json.dumps(STOP | {"sourceSystem": "logistics_erp"}).encode())
    send(body)
    assert count_queries(lambda: send(body)) == 2


@pytest.mark.parametrize("refusal", ["revoked", "over its rate limit"])
def test_a_body_that_is_large_when_unpacked_is_not_unpacked_for_a_refused_token(send, token, refusal):
    bomb = gzip.compress(json.dumps(STOP | {"sourceSystem": "logistics_erp", "x": "0" * 2**19}).encode())
    token.rate_limit = 1
    token.revoked_at = timezone.now() if refusal == "revoked" else None
    token.save()
    send(PACKED)  # counts for the rate limit, and loads what is imported late
    tracemalloc.start()
    try:
        assert send(bomb).status_code == (401 if refusal == "revoked" else 429)
        assert tracemalloc.get_traced_memory()[1] < 2**18
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("size", [16 * 1024, 16 * 1024 + 1, 2**19])
def test_a_target_of_any_unpacked_size_is_imported(send, size):
    body = json.dumps(STOP | {"sourceSystem": "logistics_erp"}).encode()
    assert send(gzip.compress(body + b" " * (size - len(body)))).status_code == 201
    assert ImportItem.objects.get().payload["externalId"] == "DEL-1"


def test_a_refused_token_is_reported_before_a_broken_body(api):
    api.headers["Authorization"] += "x"
    assert api.post(b"broken", **{"Content-Encoding": "gzip"}).status_code == 401
