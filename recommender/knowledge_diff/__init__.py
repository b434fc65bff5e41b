"""What changed between two versions of the knowledge, and what it does to profiles."""
