"""The initial migrations name the field by this path. New code imports it from `ordinavo.common.json_fields`."""

from ordinavo.common.json_fields import ExactJSONField as ExactJSONField
