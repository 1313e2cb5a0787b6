"""How a worker leaves a job that has not ended."""


class HandedBack(Exception):
    """The worker stops. Another one, or the same after its restart, goes on with the job."""


class Unfinished(Exception):
    """A part could not be processed. It is to be tried again after a pause."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Try again in {seconds} seconds.")
        self.seconds = seconds


class Paused(Unfinished):
    """The source system is paused. The job waits until it is no longer paused."""
