"""Django's middleware for pages that people open. Requests of the API pass it by: it has nothing to say to them."""

from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware as Authentication
from django.contrib.messages.middleware import MessageMiddleware as Message
from django.contrib.sessions.middleware import SessionMiddleware as Session
from django.http import HttpRequest
from django.middleware.clickjacking import XFrameOptionsMiddleware as XFrameOptions
from django.middleware.common import CommonMiddleware as Common
from django.middleware.csrf import CsrfViewMiddleware as CsrfView
from django.middleware.locale import LocaleMiddleware as Locale
from whitenoise.middleware import WhiteNoiseMiddleware as WhiteNoise

from .middleware import is_for_browsers


def _for_browsers(middleware: Any) -> Any:
    class ForBrowsers(middleware):
        def __call__(self, request: HttpRequest) -> Any:
            return super().__call__(request) if is_for_browsers(request) else self.get_response(request)

    return ForBrowsers


AuthenticationMiddleware = _for_browsers(Authentication)
CommonMiddleware = _for_browsers(Common)
CsrfViewMiddleware = _for_browsers(CsrfView)
LocaleMiddleware = _for_browsers(Locale)
MessageMiddleware = _for_browsers(Message)
SessionMiddleware = _for_browsers(Session)
WhiteNoiseMiddleware = _for_browsers(WhiteNoise)
XFrameOptionsMiddleware = _for_browsers(XFrameOptions)
