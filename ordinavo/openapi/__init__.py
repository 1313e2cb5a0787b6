"""What the API promises, as OpenAPI 3.1: generated from the views, checked against the server by schemathesis.

`operations` says what each path does, `imports`, `reading` and `answers` what is sent and answered, `codes` lists
every code. Whoever adds a view, a filter or a code is told by the tests what is missing here."""
