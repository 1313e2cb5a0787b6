"""Keep a copy of the targets in an SQLite file. Run it every minute: each run stores what has changed since the last.

Usage: python3 follow_changes.py targets.sqlite3
The environment variables CONNECT_URL and CONNECT_TOKEN are the base URL and the API token.

Exit status: 0 if the copy is up to date, 1 if the service could not be asked. The next run continues there.
"""

import json
import os
import sqlite3
import sys
import urllib.error
import urllib.parse
import urllib.request
from typing import Any


def changes_after(cursor: str | None) -> Any:
    """Return the next page of changes after a cursor, or the first page of all targets if it is None."""
    query = urllib.parse.urlencode({"limit": 1000} | ({"after": cursor} if cursor else {}))
    headers = {"Authorization": f"Bearer {os.environ['CONNECT_TOKEN']}"}
    request = urllib.request.Request(f"{os.environ['CONNECT_URL']}/changes?{query}", headers=headers)
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


def next_page(copy: sqlite3.Connection) -> Any:
    """Return the page after the stored cursor. Empties the copy and starts again if the service refuses the cursor."""
    (cursor,) = copy.execute("SELECT max(cursor) FROM position").fetchone()
    try:
        return changes_after(cursor)
    except urllib.error.HTTPError as error:
        if error.code != 400 or cursor is None:
            raise
        with copy:  # the database of the service was restored, so changes could be missing
            copy.execute("DELETE FROM target")
        return changes_after(None)


def follow(copy: sqlite3.Connection) -> None:
    """Store the changes until there are no more: each page and its cursor in one transaction."""
    has_more = True
    while has_more:
        page = next_page(copy)
        targets = [(target["id"], json.dumps(target)) for target in page["results"]]
        with copy:
            copy.executemany("INSERT OR REPLACE INTO target VALUES (?, ?)", targets)
            copy.execute("INSERT OR REPLACE INTO position VALUES (1, ?)", (page["cursor"],))
        has_more = page["hasMore"]


def main(path: str) -> int:
    """Bring the copy up to date, and return the exit status."""
    copy = sqlite3.connect(path)
    copy.execute("CREATE TABLE IF NOT EXISTS target (id INTEGER PRIMARY KEY, document TEXT)")
    copy.execute("CREATE TABLE IF NOT EXISTS position (id INTEGER PRIMARY KEY, cursor TEXT)")
    try:
        follow(copy)
    except OSError as error:  # no connection, or a status such as 429 or 503
        print(error, file=sys.stderr)
        return 1
    print("The copy is up to date.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
