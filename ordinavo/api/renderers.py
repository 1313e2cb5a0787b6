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
        """Return the data as JSON in UTF-8, or b"" for None. The other arguments are not used.

        Raises TypeError for a value that `json_codec.dumps` cannot express.
        """
        return b"" if data is None else dumps(data)
