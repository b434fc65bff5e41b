"""Files to validated values."""
