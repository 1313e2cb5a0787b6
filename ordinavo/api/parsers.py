import gc
from typing import IO, Any

from django.conf import settings
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

from ordinavo.common import json_codec, sql


class PayloadTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "payload_too_large"


class StrictJSONParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        """One object. Raises ParseError, and PayloadTooLarge without reading more than the limit."""
        limit = getattr(parser_context["view"], "max_body_bytes", settings.MAX_BODY_BYTES)
        if int(parser_context["request"].META.get("CONTENT_LENGTH") or 0) > settings.MAX_BODY_BYTES:
            sql.release_connection()  # it has still to come, see ordinavo.wsgi, and may take long
            gc.collect()  # of the last such body much is left: DRF's views refer to themselves
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise PayloadTooLarge(f"The body may have at most {limit:,} bytes.")
        parser_context["request"].body_sent = body  # for who must know it to the byte
        try:
            document = json_codec.parse(body)
        except json_codec.MalformedJSON as error:
            raise ParseError(str(error)) from error
        if not isinstance(document, dict):
            raise ParseError("The body must be one JSON object.")
        return document
