// Starts Swagger UI on the page; in a file of its own so that no script need be inline.
window.addEventListener("load", () => {
  SwaggerUIBundle({
    url: "/api/openapi.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    // The default asks a server of others whether the document is valid.
    validatorUrl: null,
  });
});
