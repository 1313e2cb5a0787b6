"""The old home of ExactJSONField, which the first migrations name. New code uses `ordinavo.common.json_fields`."""

from ordinavo.common.json_fields import ExactJSONField as ExactJSONField
