"""Names that the seeding and the run share, without Django."""

USERNAME = "dora"
READER = "reader"
SYNCHRONOUS = ("first_synchronous", "second_synchronous")
"""Source systems that get by synchronous imports what others get in the background."""
