"""Django's middleware for pages that people open. Requests of the API pass it by: it has nothing to say to them."""

from collections.abc import Callable
from typing import Any

from axes.middleware import AxesMiddleware as Axes
from django.contrib.auth.middleware import AuthenticationMiddleware as Authentication
from django.contrib.messages.middleware import MessageMiddleware as Message
from django.contrib.sessions.middleware import SessionMiddleware as Session
from django.http import HttpRequest, HttpResponse
from django.middleware.common import CommonMiddleware as Common
from django.middleware.locale import LocaleMiddleware as Locale
from whitenoise.middleware import WhiteNoiseMiddleware as WhiteNoise

from templates.statements import AS_IT_COMES, run_first

from .middleware import is_for_browsers


def _for_browsers(middleware: Any) -> Any:
    class ForBrowsers(middleware):
        def __call__(self, request: HttpRequest) -> Any:
            return super().__call__(request) if is_for_browsers(request) else self.get_response(request)

    return ForBrowsers


AxesMiddleware = _for_browsers(Axes)
AuthenticationMiddleware = _for_browsers(Authentication)
CommonMiddleware = _for_browsers(Common)
LocaleMiddleware = _for_browsers(Locale)
MessageMiddleware = _for_browsers(Message)
SessionMiddleware = _for_browsers(Session)
WhiteNoiseMiddleware = _for_browsers(WhiteNoise)


def renew_connection(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """What the look-up of a token does for the API: a connection that died while it was idle is opened again."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if is_for_browsers(request):
            run_first(f"SELECT {AS_IT_COMES}", {})
        return get_response(request)

    return middleware
