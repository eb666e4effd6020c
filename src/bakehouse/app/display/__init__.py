"""What a run looks like on the way: a pure picture of it, lines out of that, and the two ways to show them."""
