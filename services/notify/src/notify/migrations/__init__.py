"""Tables of notify, in the order in which they came."""
