"""A member of staff with a browser, who works by the forms of the admin.

They correct, cancel and reopen targets, and mend and replay rejected items.
"""

import json
import random
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from http.client import HTTPConnection, HTTPException
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

from tests.faults.client import TIMEOUT_SECONDS, Unanswered
from tests.faults.ledger import Answer, Ledger, Operation
from tests.faults.pulse import Pulse
from tests.faults.service import HOST

PAUSE_SECONDS = 0.3
_NOT_ALWAYS_SENT = ("submit", "button", "file", "checkbox", "radio")
_ITEMS = "/admin/importjobs/importitem/"
_ALREADY = "The target already has this status."


@dataclass
class Page:
    """The answer to a browser."""

    status: int
    location: str
    text: str


class Form(HTMLParser):
    """Collects what a browser sends if the user submits a page's form without a change."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: list[tuple[str, str]] = []
        self._open = ""
        """The name of the select or textarea that is being read."""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Take the value of an input or of a chosen option. The text of a textarea follows."""
        given = dict(attributes)
        name = given.get("name") or ""
        if tag in ("select", "textarea"):
            self._open = name
            if tag == "textarea" and name:
                self.values.append((name, ""))
        elif tag == "option" and self._open and "selected" in given:
            self.values.append((self._open, given.get("value") or ""))
        elif tag == "input" and name and (given.get("type") not in _NOT_ALWAYS_SENT or "checked" in given):
            self.values.append((name, given.get("value") or ""))

    def handle_data(self, data: str) -> None:
        """Take the text of a textarea. A browser leaves out the line break at its beginning."""
        if self._open and self.values and self.values[-1][0] == self._open and self.lasttag == "textarea":
            text = (self.values[-1][1] + data).removeprefix("\n")
            self.values[-1] = (self._open, text)

    def handle_endtag(self, tag: str) -> None:
        """Note the end of a select or textarea."""
        if tag in ("select", "textarea"):
            self._open = ""


class Browser:
    """A browser with cookies that does not follow redirects."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cookies: dict[str, str] = {}

    def get(self, path: str) -> Page:
        """Return a page. Raises Unanswered if the connection fails."""
        return self._request("GET", path, None, {})

    def post(self, path: str, values: list[tuple[str, str]], correlation_id: str = "") -> Page:
        """Submit a form. Raises Unanswered if the connection fails."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Referer": f"http://{HOST}:{self._port}{path}"}
        if correlation_id:
            headers["X-Correlation-Id"] = correlation_id
        return self._request("POST", path, urlencode(values), headers)

    def log_in(self, username: str, password: str) -> bool:
        """Log in by the form, and return whether that succeeded. Raises Unanswered if the connection fails."""
        path = "/admin/login/"
        form = Form(self.get(path).text).values
        given = {"username": username, "password": password}
        values = [(name, value) for name, value in form if name not in given] + list(given.items())
        return self.post(path, values).status == 302

    def _request(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Page:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        connection = HTTPConnection(HOST, self._port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(method, path, body, headers | {"Cookie": cookies})
            response = connection.getresponse()
            text = response.read().decode()
        except (OSError, HTTPException) as error:
            raise Unanswered(repr(error)) from error
        finally:
            connection.close()
        for header in response.headers.get_all("Set-Cookie", []):
            self._cookies |= {name: morsel.value for name, morsel in SimpleCookie(header).items()}
        return Page(response.status, response.headers.get("Location", ""), text)


class Staff(threading.Thread):
    """A thread that edits targets and replays rejected items, until it is told to stop."""

    def __init__(
        self, browser: Browser, login: tuple[str, str], ledger: Ledger, pulse: Pulse, recent: Callable[[], list[int]]
    ) -> None:
        """`recent` returns ids of targets to edit."""
        super().__init__(name="staff", daemon=True)
        self._browser, self._login, self._ledger, self._pulse = browser, login, ledger, pulse
        self._recent = recent
        self._random = random.Random(login[0])
        self._count = 0
        self.stopping = threading.Event()

    def run(self) -> None:
        """Log in and work until `stopping` is set."""
        while not self.stopping.is_set():
            with suppress(Unanswered):
                done = self._replay() if self._random.random() < 0.3 else self._edit()
                if not done:
                    self._browser.log_in(*self._login)
            time.sleep(PAUSE_SECONDS)
        self._ledger.close()

    def _edit(self) -> bool:
        """Correct, cancel or reopen a target. Return False if the browser is not logged in."""
        if not (targets := self._recent()):
            return True
        action = self._random.choice(["change", "change", "change", "cancel", "reopen"])
        path = f"/admin/targets/target/{self._random.choice(targets)}/{action}/"
        page = self._browser.get(path)
        if page.status != 200:
            return "/login/" not in page.location
        name = self._next_name()
        field = "customer_name" if action == "change" else "reason"
        operation = Operation(name, action, path, "", {field: name})
        answer = self._submit(operation, [*_without(page, field), (field, name)])
        if answer and answer.status == 302 and action != "change":
            # Only the next page says whether there was anything to do.
            try:
                following = self._browser.get(answer.location)
            except Unanswered:
                following = Page(0, "", "")
            if following.status != 200:
                self._ledger.failed(operation, f"{following.status} after the redirect")
                return True
            self._note(operation, answer.status, saved=_ALREADY not in following.text)
        elif answer:
            self._note(operation, answer.status, saved=answer.status == 302)
        return True

    def _replay(self) -> bool:
        """Mend a rejected item and replay it. Return False if the browser is not logged in."""
        items = self._browser.get(f"{_ITEMS}?handling=open")
        if items.status != 200:
            return "/login/" not in items.location
        if not (found := re.findall(rf"{_ITEMS}(\d+)/change/", items.text)):
            return True
        item = self._random.choice(found)
        page = self._browser.get(f"{_ITEMS}{item}/replay/")
        payload = dict(Form(page.text).values).get("payload")
        if page.status != 200 or not payload:
            return True
        name = self._next_name()
        mended = mend(json.loads(payload), name)
        operation = Operation(name, "replay", f"{_ITEMS}{item}/replay/", mended["sourceSystem"], mended)
        values = [*_without(page, "payload"), ("payload", json.dumps(mended)), ("over_newer", "on"), ("_replay", "")]
        if answer := self._submit(operation, values):
            saved = answer.status == 302 and f"/{item}/" not in answer.location
            self._note(operation, answer.status, saved=saved)
        return True

    def _next_name(self) -> str:
        self._count += 1
        return f"staff-{self._count:05}"

    def _submit(self, operation: Operation, values: list[tuple[str, str]]) -> Page | None:
        """Submit a form once, and return the answer, or None if nobody knows what it did."""
        self._ledger.sent(operation)
        try:
            page = self._browser.post(operation.path, values, operation.id)
        except Unanswered as error:
            self._ledger.failed(operation, str(error))
            return None
        if page.status in (200, 302):
            return page
        self._ledger.failed(operation, f"{page.status}")
        self._pulse.refusal(page.status)
        if page.status != 503:
            self._pulse.error(
                f"{page.status} to {operation.id} ({operation.path}): {' '.join(page.text.split())[:200]}"
            )
        return None

    def _note(self, operation: Operation, status: int, *, saved: bool) -> None:
        what = "replays" if operation.kind == "replay" else "edits"
        self._pulse.count(f"{what} {'saved' if saved else 'refused'}")
        self._ledger.answered(operation, Answer(status, {"saved": saved}))


def mend(document: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a rejected document with a marker of its own, and without what the workload puts into faulty ones."""
    mended = document | {"operation": "upsert", "title": f"Title {name}/0", "description": f"{name}/0"}
    if mended.get("planning") == {"priority": "Sometimes"}:
        del mended["planning"]
    if mended["externalId"] in ("", "zero\u200bwidth"):
        mended["externalId"] = f"MENDED-{name}"
    return mended


def _without(page: Page, field: str) -> list[tuple[str, str]]:
    """Return what a browser sends of a page's form, without one field and the search above the menu."""
    return [(key, value) for key, value in Form(page.text).values if key not in (field, "q")]
