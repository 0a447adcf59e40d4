"""Routes of routing: JSON for programs, pages for officers, streams for the systems of agencies."""
