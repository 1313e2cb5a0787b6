"""Admin pages of accounts and roles, and the start page. Django imports this package to register them."""

from . import accounts as accounts
