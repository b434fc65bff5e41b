"""`explain()`: one miRNA or strategy, rule by rule."""
