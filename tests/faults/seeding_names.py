"""Names that the seeding and the run share, without Django."""

USERNAME = "dora"
READER = "reader"
