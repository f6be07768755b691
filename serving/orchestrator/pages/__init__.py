"""The wizard in the browser: pages that the server renders, made nicer by htmx where there is script."""
