// Starts the API page; the address of the description stands in the page, because scripts inside pages are forbidden.
const place = document.getElementById("api");
window.SwaggerUIBundle({
  url: place.dataset.url,
  domNode: place,
  deepLinking: true,
  validatorUrl: null,
  docExpansion: "list",
  syntaxHighlight: { activated: true },
});
