"""Pages and interfaces of reporting; everything here may be read by anybody."""
