"""Results for eyes: one outline, rendered as text or Markdown."""
