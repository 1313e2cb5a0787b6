"""The OpenAPI 3.1 document of the API, and the page that shows it.

`document` builds it from the routes, `operations` declares what each operation accepts and answers, and the schemas
come from the declared fields of a target, the models' choices, the filters, the limits and the code catalogue.
A test fails if a route, a filter or a code is missing.
"""
