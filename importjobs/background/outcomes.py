"""How a worker leaves a job that has not ended."""


class HandedBack(Exception):
    """The job waits: its worker stops, or its source system is paused. It is looked at again after some seconds."""

    def __init__(self, seconds: int = 0) -> None:
        super().__init__(f"Go on after {seconds} seconds.")
        self.seconds = seconds


class Unfinished(Exception):
    """A part could not be processed. It is to be tried again after a pause."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Try again in {seconds} seconds.")
        self.seconds = seconds
