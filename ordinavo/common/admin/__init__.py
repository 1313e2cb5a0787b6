"""Building blocks that the admin pages of several apps share."""
