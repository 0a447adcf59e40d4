"""What routing decides: cases, agencies, and who may do what; no database, no clock, no network."""
