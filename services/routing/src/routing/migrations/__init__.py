"""Tables of routing: the tree, the cases, the accounts, and the streams to agencies."""
