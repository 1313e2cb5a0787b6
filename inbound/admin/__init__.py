"""The admin pages of this app. Django imports this package to register them."""

from . import model_admins as model_admins
from . import source_systems as source_systems
