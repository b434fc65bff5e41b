"""What would have to be otherwise in a profile for a strategy to appear, become clear, or lead."""
