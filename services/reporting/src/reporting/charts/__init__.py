"""Charts as SVG, drawn on the server by pure functions: they print, need no script, and speak through their table."""
