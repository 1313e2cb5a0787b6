"""The admin pages of this app. Django imports this package to register them."""

from . import bulk_changes as bulk_changes
from . import model_admins as model_admins
