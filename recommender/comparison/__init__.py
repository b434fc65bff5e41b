"""`compare()`: what changed between two profiles of one tumor, and why."""
