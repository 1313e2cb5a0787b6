"""A browser without JavaScript, for a running server: it keeps cookies, follows redirects and fills in forms."""

import html
import re
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

_CSRF_FIELD = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class StaffBrowser:
    """A browser. `answers` has the headers and the text of everything that the server answered."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.cookies = CookieJar()
        self.answers: list[str] = []
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def send(self, path: str, data: bytes | None = None, **headers: str) -> str:
        """Send a request, and return the text of the answer, whatever its status is. It is a POST if there is data."""
        request = urllib.request.Request(self.base_url + path, data, headers)
        try:
            with self._opener.open(request, timeout=60) as answer:
                text, sent_headers = answer.read().decode(), str(answer.headers)
        except urllib.error.HTTPError as error:
            text, sent_headers = error.read().decode(), str(error.headers)
        self.answers.append(sent_headers + text)
        return html.unescape(text)

    def submit(self, path: str, **fields: str | list[str]) -> str:
        """Open a page, and post its form with these values."""
        found = _CSRF_FIELD.search(self.send(path))
        values = {"csrfmiddlewaretoken": found[1] if found else "", **fields}
        return self.send(path, urllib.parse.urlencode(values, doseq=True).encode(), Referer=self.base_url + path)

    def cookie(self, name: str) -> str:
        """Return the value of a cookie. Raises StopIteration if the server did not set it."""
        return next(cookie.value or "" for cookie in self.cookies if cookie.name == name)
