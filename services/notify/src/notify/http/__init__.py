"""HTTP of notify: a page to look at deliveries, and the same for programs."""
