"""The configuration of allauth's app of accounts, whose middleware runs in BROWSER_MIDDLEWARE here."""

from allauth.account.apps import AccountConfig


class BrowserAccountConfig(AccountConfig):
    """Allauth's accounts without its demand that AccountMiddleware is in MIDDLEWARE, where it would slow the API."""

    def ready(self) -> None:
        """Register allauth's checks of its settings."""
        from allauth.account import checks as checks
