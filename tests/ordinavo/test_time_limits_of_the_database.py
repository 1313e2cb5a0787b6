"""No connection to the database waits without limit: for a statement, a lock, an idle transaction or the network."""

import pytest
from django.db import connection, transaction
from psycopg import sql


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"])
def test_a_transaction_has_a_limit_of_at_most_a_minute(name):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT extract(epoch FROM current_setting({})::interval)").format(name))
        assert 0 < cursor.fetchone()[0] <= 60


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "largest"),
    [
        ("connect_timeout", 5),
        ("tcp_user_timeout", 10_000),
        ("keepalives_idle", 30),
        ("keepalives_interval", 10),
        ("keepalives_count", 3),
    ],
)
def test_a_connection_notices_a_host_that_does_not_answer(name, largest):
    connection.ensure_connection()
    assert 0 < int(connection.connection.info.get_parameters()[name]) <= largest
