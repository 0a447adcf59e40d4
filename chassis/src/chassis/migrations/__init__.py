"""Tables every service has: its log, its place in the topics, its keys and what it could not apply."""
