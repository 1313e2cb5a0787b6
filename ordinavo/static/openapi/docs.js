// The description lies beside the page, at the root and below the versioned base URL alike.
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  displayRequestDuration: true,
  // No foreign host is asked whether the description is valid.
  validatorUrl: null,
});
