"""What measurements are compared with: reference samples, opened, checked, summarized, written and read back."""
