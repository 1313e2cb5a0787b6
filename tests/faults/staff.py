"""A member of staff who corrects, cancels and reopens targets with a browser, by the forms of the admin."""

import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from http.client import HTTPConnection, HTTPException
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from tests.faults.client import TIMEOUT_SECONDS, Unanswered
from tests.faults.ledger import Answer, Ledger, Operation
from tests.faults.pulse import Pulse
from tests.faults.service import HOST

PAUSE_SECONDS = 0.3
_NOT_ALWAYS_SENT = ("submit", "button", "file", "checkbox", "radio")
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

    def post(self, path: str, values: list[tuple[str, str]]) -> Page:
        """Submit a form. Raises Unanswered if the connection fails."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Referer": f"http://{HOST}:{self._port}{path}"}
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
    """A thread that edits targets that were imported lately, until it is told to stop."""

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
        """Log in and edit targets until `stopping` is set."""
        while not self.stopping.is_set():
            with suppress(Unanswered):
                if self._recent() and not self._edit(self._random.choice(self._recent())):
                    self._browser.log_in(*self._login)
            time.sleep(PAUSE_SECONDS)
        self._ledger.close()

    def _edit(self, target_id: int) -> bool:
        """Open a form of a target and submit it. Return False if the browser is not logged in."""
        action = self._random.choice(["change", "change", "change", "cancel", "reopen"])
        path = f"/admin/targets/target/{target_id}/{action}/"
        page = self._browser.get(path)
        if page.status != 200:
            return page.status in (404, 503) or "/login/" not in page.location
        self._count += 1
        name = f"staff-{self._count:05}"
        field = "customer_name" if action == "change" else "reason"
        operation = Operation(name, action, path, "", {field: name})
        values = [(key, value) for key, value in Form(page.text).values if key not in (field, "q")]
        self._submit(operation, [*values, (field, name)])
        return True

    def _submit(self, operation: Operation, values: list[tuple[str, str]]) -> None:
        """Submit a form once, and write what became of it to the ledger."""
        self._ledger.sent(operation)
        try:
            page = self._browser.post(operation.path, values)
            if page.status == 302 and operation.kind != "change":
                # Only the next page says whether there was anything to do.
                following = self._browser.get(page.location)
                page = following if following.status != 200 or _ALREADY in following.text else page
        except Unanswered as error:
            self._ledger.failed(operation, str(error))
            return
        if page.status not in (200, 302):
            self._ledger.failed(operation, f"{page.status}")
            self._pulse.refusal(page.status)
            if page.status != 503:
                self._pulse.error(f"{page.status} to {operation.id} ({operation.path}): {page.text[:300]}")
            return
        saved = page.status == 302
        self._pulse.count("edits saved" if saved else "edits refused")
        self._ledger.answered(operation, Answer(page.status, {"saved": saved}))
