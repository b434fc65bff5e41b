"""Whole cohorts: the answers of `recommend`, at the speed of reading the file."""
