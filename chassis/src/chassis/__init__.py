"""How every service of the house runs; it knows nothing of what the services are about."""
