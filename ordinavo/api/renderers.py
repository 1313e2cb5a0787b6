"""Render answers."""

from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import BaseRenderer

from ordinavo.common.json_codec import dumps


class ExactJSONRenderer(BaseRenderer):
    """Render JSON whose decimals keep every digit."""

    media_type = "application/json"
    format = "json"
    charset = None  # JSON is UTF-8 (RFC 8259, section 8.1)

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the data as JSON in UTF-8, or nothing for None.

        Raises TypeError for a value that JSON cannot express.
        """
        return b"" if data is None else dumps(data)
