var e=document.getElementById("api");window.SwaggerUIBundle({url:e.dataset.url,domNode:e,deepLinking:!0,validatorUrl:null,docExpansion:"list",syntaxHighlight:{activated:!0}});
