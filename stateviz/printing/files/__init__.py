"""Print files opened: what each says of itself, and its pixels."""
